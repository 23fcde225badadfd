"""One offscreen window for all tests of screens: Kivy starts once in a process."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from screens.environment import WindowSettings, prepare
from screens.gallery import Session, session
from screens.gallery_views import NOW
from tests.screens.glass import Glass

# here, because it must come before the first test module that imports Kivy
_HOME = tempfile.TemporaryDirectory()
_SETTINGS = WindowSettings(kivy_home=Path(_HOME.name), now=lambda: NOW, offscreen=True)
prepare(_SETTINGS)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def window() -> AsyncIterator[Session]:
    """Open the one window, 1080 × 1920."""
    async with session(_SETTINGS) as opened:
        yield opened
    _HOME.cleanup()


@pytest_asyncio.fixture(loop_scope="session")
async def glass(window: Session) -> AsyncIterator[Glass]:
    """Give an empty glass at the beginning of a session."""
    window.stage.reset()
    shown = Glass(window)
    yield shown
    await shown.clear()
