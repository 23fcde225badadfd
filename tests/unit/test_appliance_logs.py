"""Logs of the appliance are bounded, and memory of programs reaches no disk: what the drop-ins of ``systemd/`` say."""

import configparser
import re
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parents[2] / "systemd"
STAMPING = ("bianmin-kiosk.service", "bianmin-sync.service")  # whose records say how well the clock is set


def section(path: str, name: str) -> dict[str, str]:
    """Return one section of a file of systemd's form."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(SYSTEMD / path)
    return dict(parser[name])


def test_the_journal_is_bounded_in_size_age_and_rate() -> None:
    """Nothing that writes to the log, however wildly, fills the disk; nothing stays for ever."""
    journal = section("journald.conf.d/bianmin.conf", "Journal")
    assert journal["SystemMaxUse"] == "200M"
    assert journal["MaxRetentionSec"] == "90day"
    assert int(journal["RateLimitBurst"]) <= 1000
    assert {journal[f"ForwardTo{where}"] for where in ("Syslog", "KMsg", "Console", "Wall")} == {"no"}


def test_no_memory_of_a_program_is_kept() -> None:
    """Three locks on the same door: the collector stores nothing, the kernel hands nothing on, no unit may dump."""
    assert section("coredump.conf.d/bianmin.conf", "Coredump") == {"Storage": "none", "ProcessSizeMax": "0"}
    assert sysctl()["kernel.core_pattern"] == "|/bin/false"
    assert sysctl()["fs.suid_dumpable"] == "0"
    assert "\nLimitCORE=0\n" in (SYSTEMD / "bianmin-.service.d/bianmin.conf").read_text()
    assert [unit.name for unit in SYSTEMD.glob("bianmin-*.service") if "LimitCORE" in unit.read_text()] == []


def test_the_kernel_tells_nothing_and_restarts_when_it_is_lost() -> None:
    """Written as sysctl.d(5) wants it; each value is the strictest that the application lives with."""
    wanted = {"kernel.panic": "10", "kernel.sysrq": "0", "kernel.dmesg_restrict": "1", "kernel.kptr_restrict": "2"}
    assert {name: sysctl()[name] for name in wanted} == wanted
    assert sysctl()["kernel.yama.ptrace_scope"] == "3"
    assert all(re.fullmatch(r"[a-z0-9_.]+", name) for name in sysctl())


def test_the_spooler_logs_no_jobs() -> None:
    """No access log, no page log, no attributes of jobs: the title of a document may name a person."""
    text = (SYSTEMD / "cups" / "cupsd.conf").read_text()
    lines = text.splitlines()
    assert {"PageLogFormat", "AccessLogLevel none", "LogLevel warn", "PreserveJobFiles No"} <= set(lines)
    files = (SYSTEMD / "cups" / "cups-files.conf").read_text()
    assert dict(re.findall(r"^(\w+Log) (.+)$", files, re.MULTILINE)) == {
        "AccessLog": "stderr",
        "ErrorLog": "stderr",
        "PageLog": "stderr",
    }


@pytest.mark.parametrize("unit", STAMPING)
def test_whoever_stamps_records_may_ask_how_well_the_clock_is_set(unit: str) -> None:
    """ProtectClock= forbids adjtimex(2) altogether: every stamp would be uncertain for ever."""
    lines = (SYSTEMD / unit).read_text().splitlines()
    assert "ProtectClock=yes" not in lines
    assert lines.index("SystemCallFilter=adjtimex") > lines.index("SystemCallFilter=~@privileged @resources")
    assert "CapabilityBoundingSet=" in lines, "without a capability, it asks and sets nothing"


def sysctl() -> dict[str, str]:
    """Return the kernel's settings by their names."""
    text = (SYSTEMD / "sysctl.d" / "90-bianmin.conf").read_text()
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
