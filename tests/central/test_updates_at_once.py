"""Releases reach terminals at once, and stop by themselves where they do harm: commands, pauses, and their record."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User

from central.updates.models import Rollout, RolloutEvent
from central.updates.pausing import too_many
from tests.central.playing import Desk, PlayTerminal
from tests.central.test_admin import page, staff
from tests.central.test_updates import VERSION, add, offered, roll_out
from tests.releases import release, trust
from wire.clock import ClockQuality
from wire.messages import Command, CommandKind, Heartbeat, HeartbeatReply
from wire.release import UpdatePhase, UpdateReport

RUNS_OLD = UpdateReport(running="2026.1", phase=UpdatePhase.UP_TO_DATE)
RUNS_NEW = UpdateReport(running=VERSION, phase=UpdatePhase.UP_TO_DATE)
FETCHES = UpdateReport(running="2026.1", phase=UpdatePhase.FETCHING, wanted=VERSION)
FELL_BACK = UpdateReport(running="2026.1", phase=UpdatePhase.GIVEN_UP, wanted=VERSION, failure="update.fell_back")
NOT_INSTALLED = FELL_BACK.model_copy(update={"failure": "update.install_failed"})
_NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture
def rollout(desk: Desk, tmp_path: Path, settings: LazySettings) -> Rollout:
    """Roll a release out to every terminal."""
    settings.RELEASES = tmp_path / "releases"
    settings.RELEASE_KEYS = trust(tmp_path / "keys")
    release(tmp_path / "made", VERSION)
    add(tmp_path / "made")
    roll_out(VERSION, "--percentage", "100")
    return Rollout.objects.get()


def beat(terminal: PlayTerminal, report: UpdateReport | None, protocol: str = "1-2") -> tuple[Command, ...]:
    """Send a heartbeat; return what is commanded."""
    said = Heartbeat(
        version="1",
        at=_NOW,
        clock=ClockQuality.SYNCHRONISED,
        queued=0,
        quarantined=0,
        oldest_unsent_at=None,
        devices=(),
        update=report,
    )
    answer = terminal.call("POST", "/heartbeat", said, headers={"Bianmin-Protocol": protocol})
    assert answer.status == 200
    assert answer.headers["Bianmin-Protocol"] == protocol[-1]
    return HeartbeatReply.model_validate_json(answer.content).commands


def test_a_terminal_is_told_of_its_release_at_once(desk: Desk, rollout: Rollout) -> None:
    """By the next heartbeat, with one id, until it knows; not when it runs it, gave it up, or is not meant."""
    (command,) = beat(desk.terminal, RUNS_OLD)
    assert command.kind is CommandKind.UPDATE
    assert beat(desk.terminal, RUNS_OLD) == (command,), "an answer may be lost"
    other = desk.another_terminal()
    assert beat(other, RUNS_OLD)[0].id != command.id
    for report in (FETCHES, RUNS_NEW, NOT_INSTALLED, None):
        assert beat(desk.terminal, report) == ()
    roll_out(VERSION, "--pause")
    assert beat(desk.terminal, RUNS_OLD) == ()


def test_a_terminal_of_the_first_version_is_not_told(desk: Desk, rollout: Rollout) -> None:
    """Its messages know no such command, and would refuse the whole answer; it asks by itself as before."""
    assert beat(desk.terminal, RUNS_OLD, protocol="1-1") == ()
    assert offered(desk.terminal) == VERSION


@pytest.mark.fault("bad release rolled out", code="update.fell_back")
def test_a_roll_out_pauses_by_itself(desk: Desk, rollout: Rollout) -> None:
    """The first terminal that goes back holds it for all others; staff see it, and may let it go on knowing that."""
    others = [desk.another_terminal() for _ in range(2)]
    beat(others[0], RUNS_NEW)
    assert beat(others[1], NOT_INSTALLED) == ()
    assert offered(desk.terminal) == VERSION, "what could not be installed did no harm"
    beat(others[1], FELL_BACK)
    assert offered(desk.terminal) is None
    client = staff("--administrator")
    shown = page(client, f"/console/updates/rollout/{rollout.pk}/change/")
    assert "试过 2 台，退回 1 台" in shown
    assert "已自动暂停" in shown
    assert "已自动暂停" in page(client, "/console/updates/rollout/")
    assert '<li class="tile over"><a href="/console/updates/rollout/"><strong>1</strong>自动暂停的推送' in page(
        client, "/console/"
    )
    client.post(f"/console/updates/rollout/{rollout.pk}/pause/", {"resume": ""})
    assert offered(desk.terminal) == VERSION
    beat(others[1], FELL_BACK)
    assert offered(desk.terminal) == VERSION, "staff knew of this one"
    beat(desk.terminal, FELL_BACK)
    assert offered(others[0]) is None, "and did not of this one"
    events = RolloutEvent.objects.values_list("paused", "by", "tried", "went_back")
    assert list(events) == [(True, "", 3, 2), (False, User.objects.get().username, 2, 1), (True, "", 2, 1)]


def test_only_that_roll_out_is_paused(desk: Desk, rollout: Rollout, tmp_path: Path) -> None:
    """Another release, and what staff paused themselves, stay as they are."""
    release(tmp_path / "next", "2026.3")
    add(tmp_path / "next")
    roll_out("2026.3", "--percentage", "100")
    beat(desk.terminal, FELL_BACK)
    states = dict(Rollout.objects.values_list("release_id", "held_by_itself"))
    assert states == {VERSION: True, "2026.3": False}
    roll_out(VERSION, "--pause")
    assert Rollout.objects.get(release_id=VERSION).held_by_itself is False
    beat(desk.terminal, FELL_BACK)
    assert RolloutEvent.objects.first().by == "roll-out"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("tried", "back", "known", "tolerated", "pauses"),
    [
        (1, 1, 0, 5, True),
        (20, 1, 0, 5, True),
        (21, 1, 0, 5, False),
        (100, 4, 0, 5, False),
        (100, 5, 0, 5, True),
        (100, 5, 1, 5, False),
        (100, 0, 0, 0, False),
        (100, 1, 0, 0, True),
        (100, 99, 0, 100, False),
        (3, 1, 2, 5, False),
    ],
)
def test_how_many_are_too_many(tried: int, back: int, known: int, tolerated: int, *, pauses: bool) -> None:
    """One of the first ring, a share of many; those of which staff knew do not count again."""
    assert too_many(tried, back, known=known, tolerated=tolerated) is pauses


def test_what_is_tolerated_is_each_roll_outs_own(desk: Desk, rollout: Rollout) -> None:
    """By the command, or in the console's form."""
    roll_out(VERSION, "--tolerated", "100")
    others = [desk.another_terminal() for _ in range(2)]
    beat(others[0], RUNS_NEW)
    beat(others[1], FELL_BACK)
    assert offered(desk.terminal) == VERSION
    client = staff("--administrator")
    where = f"/console/updates/rollout/{rollout.pk}/change/"
    client.post(where, {"percentage": "100", "terminals": [], "tolerated": "30"})
    beat(others[1], FELL_BACK)
    assert offered(desk.terminal) is None
