"""What a technician and the centre are told of updates."""

from pathlib import Path

import pytest

from kiosk.config import Config, example
from kiosk.doctor.findings import Grade
from kiosk.doctor.software import software
from kiosk.store import Store
from kiosk.sync import rounds
from kiosk.updates.system import Machine
from kiosk.updates.words import in_words
from tests.terminal_parts import TERMINAL, StandingClock
from wire.messages import Heartbeat
from wire.release import UpdatePhase, UpdateReport
from wire.text import Text

FALLEN = UpdateReport(running="2026.1", phase=UpdatePhase.GIVEN_UP, wanted="2026.2", failure="update.fell_back")
FETCHING = UpdateReport(running="2026.1", phase=UpdatePhase.FETCHING, wanted="2026.2", fetched=30, size=120)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    file = tmp_path / "terminal.toml"
    file.write_text(example().replace('"/var/lib/bianmin"', f'"{tmp_path}"', 1))
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text("IMAGE_VERSION=2026.1\n")
    return Config.load(file)


@pytest.mark.parametrize(
    ("report", "grade", "detail", "code"),
    [
        (UpdateReport(running="2026.1", phase=UpdatePhase.UP_TO_DATE), Grade.WELL, "2026.1, up_to_date", None),
        (FETCHING, Grade.WELL, "2026.1, fetching 2026.2 (25 %)", None),
        (FETCHING.model_copy(update={"failure": "centre.unreachable"}), Grade.WELL, "25 %", None),
        (FETCHING.model_copy(update={"failure": "update.no_room"}), Grade.NOTICE, "25 %", "update.no_room"),
        (FALLEN, Grade.NOTICE, "2026.1, given_up 2026.2", "update.fell_back"),
    ],
)
def test_the_doctor_names_what_keeps_an_update_away(
    config: Config, report: UpdateReport, grade: Grade, detail: str, code: str | None
) -> None:
    """What runs, runs: a failed update is a notice, with its number and what to do."""
    clock, machine = StandingClock(), Machine(config.data_dir)
    assert software(config, TERMINAL, clock, machine).detail == "2026.1"
    assert not config.database.exists()
    with Store.open(config.database, clock, TERMINAL):
        pass
    assert "not looked yet" in software(config, TERMINAL, clock, machine).detail
    with Store.open(config.database, clock, TERMINAL) as store:
        store.settings.report_update(report)
    found = software(config, TERMINAL, clock, machine)
    assert (found.grade, found.code) == (grade, code)
    assert detail in found.detail
    assert (found.number is None) == (code is None)


@pytest.mark.parametrize(
    ("report", "zh", "en"),
    [
        (None, "2026.1", "2026.1"),
        (UpdateReport(running="2026.1", phase=UpdatePhase.UP_TO_DATE), "2026.1", "2026.1"),
        (FETCHING, "2026.1；2026.2 下载中 25%", "2026.1; 2026.2 is being fetched 25%"),
        (
            FETCHING.model_copy(update={"phase": UpdatePhase.STAGED}),
            "2026.1；2026.2 已下载，空闲时段安装",
            "2026.1; 2026.2 is here, to be installed in idle hours",
        ),
        (
            FETCHING.model_copy(update={"phase": UpdatePhase.APPLYING}),
            "2026.1；2026.2 安装中",
            "2026.1; 2026.2 is being installed",
        ),
        (FALLEN, "2026.1；2026.2 已放弃；(1109)", "2026.1; 2026.2 was given up; (1109)"),
    ],
)
def test_the_technicians_screen_says_it_in_words(report: UpdateReport | None, zh: str, en: str) -> None:
    """One line: what runs, what is with the next version, and the number of what keeps it away."""
    assert in_words("2026.1", report) == Text(zh=zh, en=en)


def test_the_heartbeat_carries_it(tmp_path: Path) -> None:
    """The agent's report is in the next heartbeat, and is written only when it changes."""
    clock = StandingClock()
    with (
        Store.open(tmp_path / "a.sqlite3", clock, TERMINAL) as store,
        Store.open(tmp_path / "a.sqlite3", clock, TERMINAL) as watcher,
    ):
        assert rounds.report(store, clock, "0").update is None
        store.settings.report_update(FALLEN)
        assert watcher.changed_elsewhere()
        store.settings.report_update(FALLEN)
        assert not watcher.changed_elsewhere()
        sent = rounds.report(store, clock, "0").model_dump_json()
        assert Heartbeat.model_validate_json(sent).update == FALLEN
