"""A unit's sandbox around another program: all of its file that makes it a sandbox; the drop-in goes by the name."""

from pathlib import Path

from tests.appliance.machine import ROOT

# What tells how a unit runs, not what it may. And the one capability (of bianmin-clock) that no container has to give.
_NOT_OF_THE_SANDBOX = (
    "Type", "ExecStart", "ExecStartPre", "ExecStopPost", "Restart", "RestartSec", "RestartPreventExitStatus",
    "SuccessExitStatus", "StandardInput", "StandardOutput", "StandardError", "TTYPath", "TTYReset", "TTYVHangup",
    "UtmpIdentifier", "WatchdogSec", "WatchdogSignal", "NotifyAccess", "RemainAfterExit", "RuntimeDirectory",
    "AmbientCapabilities", "RuntimeDirectoryMode", "RuntimeDirectoryPreserve", "EnvironmentFile",
)  # fmt: skip


def probing(unit: Path) -> str:
    """Return a unit that runs the probe in the sandbox of another."""
    service = (
        unit.read_text(encoding="utf-8").replace("\\\n", " ").partition("[Service]\n")[2].partition("[Install]")[0]
    )
    kept = [line for line in service.splitlines() if line.partition("=")[0] not in _NOT_OF_THE_SANDBOX]
    runs = ["[Service]", "Type=oneshot", "ExecStart=/usr/bin/python3 /usr/lib/bianmin-tree/tests/appliance/probe.py"]
    return "\n".join([*runs, *kept, ""])


def units() -> list[Path]:
    """Return every service of ours."""
    return sorted((ROOT / "systemd").glob("bianmin-*.service"))
