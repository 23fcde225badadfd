"""What has to be in a machine so that it is a terminal: configuration, enrolment, fonts, and a screen in memory."""

from pathlib import Path

from kiosk.config import example
from kiosk.sync.enrolment import Identity
from tests.terminal_parts import DEVICE_KEY, enrolment

TARGET = "terminal-test.target"
_TREE = "/usr/lib/bianmin-tree"
_PROGRAM = f"""#!/bin/sh
exec env PYTHONPATH={_TREE} PYTHONDONTWRITEBYTECODE=1 {_TREE}/.venv/bin/python -m kiosk "$@"
"""
_TARGET = """
[Unit]
Requires=basic.target
Wants=dbus.service bianmin-kiosk.service bianmin-sync.path
After=basic.target
AllowIsolate=yes
"""
# Xvfb is Xorg without a graphics card: the same server, the same way of taking systemd's socket.
_XVFB = """
[Service]
ExecStart=
ExecStart=/usr/bin/Xvfb :0 -screen 0 1080x1920x24 -nolisten tcp -nolisten local -ac -tst -noreset
StandardInput=null
TTYPath=
DeviceAllow=
"""
_CONSOLE = """
[Service]
TTYPath=/dev/console
"""
_PATIENCE = """
[Service]
WatchdogSec=10
"""


def files() -> dict[str, str | bytes | Path]:
    """Return what is in the tree of an enrolled terminal, beside the units."""
    drop_ins = "etc/systemd/system"
    return {
        "usr/bin/bianmin": _PROGRAM,
        "usr/share/bianmin/fonts": Path(f"{_TREE}/build/fonts"),
        "usr/share/bianmin/terminal.toml": example(),
        "etc/bianmin/terminal.toml": Path("/var/lib/bianmin/terminal.toml"),
        "usr/share/bianmin/terminal.json": Identity(
            key=DEVICE_KEY.private_bytes_raw(), enrolment=enrolment()
        ).model_dump_json(),
        "usr/lib/tmpfiles.d/terminal-test.conf": "C /var/lib/bianmin/terminal.json 0600 bianmin bianmin - "
        "/usr/share/bianmin/terminal.json\n",
        f"{drop_ins}/{TARGET}": _TARGET,
        f"{drop_ins}/bianmin-x.service.d/test.conf": _XVFB,
        f"{drop_ins}/bianmin-out-of-service@.service.d/test.conf": _CONSOLE,
        f"{drop_ins}/bianmin-kiosk.service.d/test.conf": _PATIENCE,
    }
