"""Settles everything that Kivy reads while it is being imported; imports Kivy last, and only its configuration."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSettings:
    """How the one window is opened.

    ``width``, ``height`` in px. ``kivy_home``: a writable folder that Kivy insists on. ``now``: local time with its
    zone, shown in the header. ``fullscreen`` only on an appliance. ``offscreen`` draws without any display (SDL's
    offscreen driver with Mesa).
    """

    width: int = 1080
    height: int = 1920
    kivy_home: Path
    now: Callable[[], datetime]
    fullscreen: bool = False
    offscreen: bool = False


def prepare(settings: WindowSettings) -> None:
    """Set Kivy's environment and configuration. Call before anything imports ``kivy``.

    One input provider and no more (two count every tap twice), no escape key, no inspector modules, no files.
    Raises RuntimeError where Kivy has been imported already: it would open another window than this one (and an
    offscreen one of another size corrupts memory).
    """
    if "kivy" in sys.modules:
        raise RuntimeError("kivy was imported before screens.environment.prepare was called")
    settings.kivy_home.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        KIVY_NO_ARGS="1",
        KIVY_NO_CONFIG="1",
        KIVY_NO_FILELOG="1",
        KIVY_NO_CONSOLELOG="1",
        KIVY_LOG_MODE="PYTHON",
        KIVY_HOME=str(settings.kivy_home),
        KIVY_METRICS_DENSITY="1",
        KIVY_DPI="96",
        KIVY_CLIPBOARD="dummy",
    )
    if settings.offscreen:
        os.environ["SDL_VIDEODRIVER"] = "offscreen"
    from kivy.config import Config  # noqa: PLC0415 - must come after the environment

    for section, key, value in (
        ("kivy", "exit_on_escape", "0"),
        ("kivy", "log_level", "warning"),
        ("graphics", "width", str(settings.width)),
        ("graphics", "height", str(settings.height)),
        ("graphics", "fullscreen", "auto" if settings.fullscreen else "0"),
        ("graphics", "borderless", "1" if settings.fullscreen else "0"),
        ("graphics", "resizable", "0"),
        ("graphics", "show_cursor", "0"),
        ("graphics", "multisamples", "0"),
        ("graphics", "maxfps", "60"),
    ):
        Config.set(section, key, value)
    Config.remove_section("input")
    Config.add_section("input")
    Config.set("input", "mouse", "mouse,disable_multitouch,disable_hover")
    Config.remove_section("modules")
    Config.add_section("modules")
