"""Tables and models agree, addresses of databases mean what they say, secrets are born private."""

import logging
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest
from django.core.management import call_command
from django.db import connection

from central.database import DatabaseUrlWrong, database, sqlite
from central.keys import KeysMissing, create, load, read_or_create
from central.logs import Discreet


def test_migrations_are_complete(db: None) -> None:
    """No model was changed without its migration."""
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


def test_migrations_run_back_and_forth(transactional_db: None) -> None:
    """Every migration of the centre's own can be undone on an empty database, and done again."""
    for app in ("support", "certificates", "cases", "fleet", "catalogue", "organisation"):
        call_command("migrate", app, "zero", verbosity=0)
    assert "cases_case" not in connection.introspection.table_names()
    call_command("migrate", verbosity=0)
    assert "cases_case" in connection.introspection.table_names()


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("postgresql://u:p%40ss@db:5433/b", {"USER": "u", "PASSWORD": "p@ss", "HOST": "db", "PORT": "5433"}),
        ("postgresql:///b?host=/run/postgresql", {"HOST": "/run/postgresql", "USER": "", "OPTIONS": {}}),
        ("postgres://db/b?sslmode=verify-full", {"HOST": "db", "OPTIONS": {"sslmode": "verify-full"}}),
        ("postgresql://[::1]/b", {"HOST": "::1", "NAME": "b"}),
        ("sqlite:////srv/c.sqlite3", {"NAME": "/srv/c.sqlite3", "ENGINE": "django.db.backends.sqlite3"}),
    ],
)
def test_database_urls(url: str, wanted: dict[str, object]) -> None:
    """What an administrator writes is what is connected to."""
    meant = database(url)
    assert {name: meant[name] for name in wanted} == wanted


@pytest.mark.parametrize("url", ["mysql://u:secret@h/b", "postgresql://u:secret@h/", "postgresql://u:secret@h:x/b", ""])
def test_wrong_database_urls_say_so_without_the_password(url: str) -> None:
    """A wrong address stops the start with a sentence that can be shown to anybody."""
    with pytest.raises(DatabaseUrlWrong) as caught:
        database(url)
    assert "secret" not in str(caught.value)


def test_sqlite_survives_power_loss() -> None:
    """SQLite is opened with a write-ahead log, every commit on disk, and foreign keys checked."""
    init = sqlite(Path("x"))["OPTIONS"]["init_command"]
    assert "journal_mode=WAL" in init
    assert "synchronous=FULL" in init
    assert "foreign_keys=ON" in init


def test_secrets_are_private_and_made_once(tmp_path: Path) -> None:
    """Many that start at once all get the one secret, in a file that only its owner reads."""
    path, got = tmp_path / "new" / "secret", list[bytes]()
    threads = [Thread(target=lambda n=n: got.append(read_or_create(path, lambda: b"%d" % n))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret"]


def test_keys_have_no_default(tmp_path: Path) -> None:
    """A centre without keys is an error, never a new key; keys that exist stay."""
    with pytest.raises(KeysMissing):
        load(tmp_path, "nowhere")
    made = create(tmp_path, "here")
    assert create(tmp_path, "here").records == made.records
    assert "here" not in repr(made)


def test_logs_tell_type_and_place_only() -> None:
    """An exception's text, which may quote a citizen, stays out of the log; so does its cause's."""
    try:
        try:
            int("林晚秋")
        except ValueError as error:
            raise KeyError("210203") from error
    except KeyError as error:
        record = logging.LogRecord("x", 40, "x", 1, "failed", None, (KeyError, error, error.__traceback__))
    line = Discreet("%(message)s").format(record)
    assert "builtins.KeyError" in line
    assert "builtins.ValueError" in line
    assert "test_migrations.py" in line
    assert "林晚秋" not in line
    assert "210203" not in line
