"""A terminal's configuration in its file: read, and changed a few keys at a time, every comment and all the rest kept.

What a change makes is checked as the terminal itself would check it before it replaces the file, whole and of mode
0600.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from kiosk import private_files
from kiosk.config import Config

Value = str | int | bool | None
Section = Mapping[str, Value]


class ConfigFile:
    """The file at ``path``, which may be a link to where it can be written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> Config:
        """Return what it says now. Raises :class:`~kiosk.config.ConfigWrong`."""
        return Config.load(self.path)

    def change(self, changes: Mapping[str, Section | Sequence[Section] | None]) -> Config:
        """Change sections, and return the configuration as it then is.

        A section's keys are set, or, with None, removed; its other keys stay. A list of sections replaces the list.
        None in place of a section removes it. Raises :class:`~kiosk.config.ConfigWrong`, and changes nothing then.
        """
        from kiosk.config_text import edited  # noqa: PLC0415 - slow to import, and seldom is anything changed

        text = edited(self.path.read_text(encoding="utf-8"), changes)
        config = Config.parse(text, self.path)
        private_files.replace(self.path.resolve(), text.encode())
        return config
