"""Why the terminal is out of service, from what systemd says of the unit that failed; for others to read, meanwhile.

The unit's folder below /run goes when it ends: the code lies there for as long as the picture is shown.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

KEEPS_FAILING = "terminal.keeps_failing"
NO_DISPLAY = "terminal.no_display"
CONFIG_WRONG = "terminal.config_wrong"
CODES = (KEEPS_FAILING, NO_DISPLAY, CONFIG_WRONG)

_FILE = "code"
_CONFIG_STATUS = "78"  # kiosk.commands.outcome.Exit.CONFIG, which this module does without


def code_of(environment: Mapping[str, str]) -> str:
    """Return the problem's code. ``environment``: ``MONITOR_*`` of systemd.exec(5), set by ``OnFailure=``.

    They are missing when two units failed at once, or when somebody started the unit by hand.
    """
    if environment.get("MONITOR_UNIT") == "bianmin-x.service":
        return NO_DISPLAY
    if environment.get("MONITOR_EXIT_STATUS") == _CONFIG_STATUS:
        return CONFIG_WRONG
    return KEEPS_FAILING


def leave(folder: Path, code: str) -> None:
    """Let other users read why, until systemd takes the unit's folder away. It is shown on the screen all the same."""
    with suppress(OSError):
        file = folder / _FILE
        file.write_text(code, encoding="ascii")
        file.chmod(0o644)


def told(root: Path = Path("/")) -> str | None:
    """Return why the out-of-service screen is shown now, None when it is not. What nobody knows is told as failing."""
    with suppress(OSError, UnicodeDecodeError):
        for file in sorted(root.glob(f"run/bianmin-out-of-service-*/{_FILE}")):
            code = file.read_text(encoding="ascii")
            return code if code in CODES else KEEPS_FAILING
    return None
