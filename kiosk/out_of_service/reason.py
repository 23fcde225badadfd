"""Why the terminal is out of service, from what systemd says of the unit that failed."""

from collections.abc import Mapping

KEEPS_FAILING = "terminal.keeps_failing"
NO_DISPLAY = "terminal.no_display"
CONFIG_WRONG = "terminal.config_wrong"
CODES = (KEEPS_FAILING, NO_DISPLAY, CONFIG_WRONG)

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
