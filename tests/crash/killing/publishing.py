"""A centre that changes much at once: departments, items and settings, each change published as the console would."""

import json
import random
from dataclasses import dataclass

import psycopg

from tests.crash.killing.books import Resources
from wire.bundle import digest_of
from wire.messages import ResourceKind

_SETTINGS = 60  # invented ones, which nobody reads
_LONGEST = 2_000  # characters


@dataclass(frozen=True, slots=True)
class _Change:
    cursor: int
    name: tuple[str, str]
    digest: str | None


class Publisher:
    """Publishes at one centre, whose other resources stand still, and remembers what held at which cursor."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        with psycopg.connect(database_url) as connection:
            rows = connection.execute("SELECT cursor, kind, key, digest FROM catalogue_published").fetchall()
            ((self._centre,),) = connection.execute("SELECT centre_id FROM catalogue_cursor").fetchall()
        self._history = [_Change(cursor, (kind, key), digest) for cursor, kind, key, digest in sorted(rows)]

    @property
    def cursor(self) -> int:
        """The newest change's number."""
        return self._history[-1].cursor

    def at(self, cursor: int) -> Resources:
        """Return what a terminal holds that has taken everything up to a cursor."""
        newest = {change.name: change.digest for change in self._history if change.cursor <= cursor}
        return {name: digest for name, digest in newest.items() if digest is not None}

    def change(self, count: int, chance: random.Random) -> None:
        """Change or withdraw that many resources, in one transaction."""
        changed: list[_Change] = []
        with psycopg.connect(self._url) as connection:
            found = connection.execute(
                "SELECT value FROM catalogue_cursor WHERE centre_id = %s FOR UPDATE", (self._centre,)
            )
            ((cursor,),) = found.fetchall()
            real = connection.execute(
                "SELECT kind, key, content::text FROM catalogue_published WHERE kind IN (%s, %s) ORDER BY kind, key",
                (ResourceKind.ITEM.value, ResourceKind.DEPARTMENT.value),
            ).fetchall()
            for _ in range(count):
                cursor += 1
                if chance.random() < 1 / 3:
                    kind, key, text = chance.choice(real)
                    content = json.loads(text)
                    content["name"]["en"] = f"{content['name']['en'].partition(' (')[0]} ({cursor})"
                else:
                    kind, key = ResourceKind.SETTING.value, f"crash-{chance.randrange(_SETTINGS)}"
                    gone = chance.random() < 1 / 4 and (kind, key) in self.at(cursor)
                    content = None if gone else {"text": f"{cursor} " * (chance.randrange(_LONGEST) // 6)}
                digest = None if content is None else digest_of(content)
                connection.execute(
                    "INSERT INTO catalogue_published (centre_id, kind, key, digest, content, cursor)"
                    " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (centre_id, kind, key) DO UPDATE"
                    " SET digest = excluded.digest, content = excluded.content, cursor = excluded.cursor",
                    (self._centre, kind, key, digest, None if content is None else json.dumps(content), cursor),
                )
                changed.append(_Change(cursor, (kind, key), digest))
            connection.execute("UPDATE catalogue_cursor SET value = %s WHERE centre_id = %s", (cursor, self._centre))
        self._history += changed
