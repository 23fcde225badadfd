"""Which database a ``DATABASE_URL`` means, as Django wants it said; two kinds, SQLite and PostgreSQL."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

_SQLITE_WAIT_S = 20
_CONNECTION_AGE_S = 300


class DatabaseUrlWrong(ValueError):
    """The address names no database that the centre can use. Its text never holds the password."""


def database(url: str) -> dict[str, Any]:
    """Return the ``DATABASES`` entry for ``sqlite:///path`` or ``postgresql://user:password@host:port/name?option=…``.

    A SQLite path with one more slash is absolute: ``sqlite:////srv/centre.sqlite3``. The folder of a PostgreSQL
    socket is given as libpq does it: ``postgresql:///name?host=/run/postgresql``. Raises :class:`DatabaseUrlWrong`.
    """
    parts = urlsplit(url)
    match parts.scheme:
        case "sqlite":
            return sqlite(Path(unquote(parts.path).removeprefix("/")))
        case "postgresql" | "postgres":
            options = dict(parse_qsl(parts.query))
            name = unquote(parts.path.lstrip("/"))
            if not name:
                raise DatabaseUrlWrong("DATABASE_URL names no database")
            try:
                port = parts.port
            except ValueError as error:
                raise DatabaseUrlWrong("DATABASE_URL has no usable port") from error
            return {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": name,
                "USER": options.pop("user", unquote(parts.username or "")),
                "PASSWORD": unquote(parts.password or ""),
                "HOST": options.pop("host", unquote(parts.hostname or "")),
                "PORT": options.pop("port", str(port or "")),
                "CONN_MAX_AGE": _CONNECTION_AGE_S,
                "CONN_HEALTH_CHECKS": True,
                "OPTIONS": options,
            }
        case other:
            raise DatabaseUrlWrong(f"DATABASE_URL must begin with sqlite:// or postgresql://, not {other[:20]!r}")


def sqlite(path: Path) -> dict[str, Any]:
    """Return the entry for a SQLite file: write-ahead log, every commit on disk, one writer at a time who waits."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": _CONNECTION_AGE_S,
        "OPTIONS": {
            "timeout": _SQLITE_WAIT_S,
            "transaction_mode": "IMMEDIATE",  # a deferred transaction that turns writer fails instead of waiting
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }
