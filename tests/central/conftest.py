"""Sets Django up for the centre's tests: in a temporary folder, on SQLite unless ``DATABASE_URL`` says otherwise.

``test_on_postgresql.py`` runs this whole folder once more with a PostgreSQL server behind ``DATABASE_URL``.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import AsyncIterator

import django
import pytest
from django.conf import settings
from django.db import connections

_OURS = ("BIANMIN_CENTRE_DATA", "BIANMIN_CENTRE_HTTPS", "BIANMIN_CENTRE_HOSTS", "DJANGO_SETTINGS_MODULE")
_before = {name: os.environ.get(name) for name in _OURS}
_data = tempfile.mkdtemp(prefix="bianmin-centre-")
atexit.register(shutil.rmtree, _data)
os.environ.update(
    BIANMIN_CENTRE_DATA=_data,
    BIANMIN_CENTRE_HTTPS="0",
    BIANMIN_CENTRE_HOSTS="testserver",
    DJANGO_SETTINGS_MODULE="central.settings",
)
django.setup()
for _name, _value in _before.items():  # other tests of this run start processes, which must not inherit ours
    if _value is None:
        del os.environ[_name]
    else:
        os.environ[_name] = _value

from tests.central.playing import Desk, open_desk  # noqa: E402 - models exist only after django.setup()
from tests.central.postgres import postgres  # noqa: E402

__all__ = ["postgres"]


@pytest.fixture
def desk(db: None) -> Desk:
    """Open a centre with one department, two items and one enrolled terminal, in this process."""
    return open_desk()


@pytest.fixture
async def django_in_the_loop(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Let the centre's code run where the terminal's client awaits it, all of it on one connection, which is closed.

    The loop's connection is not the thread's: what it has to see must be committed (``transaction=True``).
    """
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    shared = connections["default"]  # made before any task of the test, so that each inherits this one
    yield
    shared.close()


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords in no time: half a second for each login is for production."""
    monkeypatch.setattr(settings, "PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"])
