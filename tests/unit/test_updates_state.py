"""Where a terminal is with an update: every phase with every event, as a table."""

from itertools import pairwise

import pytest

from kiosk.updates.state import (
    LONGEST_APPLY_S,
    MOST_TRIES,
    PROGRESS,
    PROVEN_AFTER_S,
    Applying,
    Event,
    Fetched,
    FetchFailed,
    Fetching,
    GivenUp,
    Looked,
    Marked,
    Offered,
    Origin,
    Phase,
    Progress,
    Proving,
    Refused,
    Staged,
    UpToDate,
    Withdrawn,
    step,
)

CENTRE, STICK = Origin.CENTRE, Origin.STICK
RUNS, NEXT, LATER = "2026.1", "2026.2", "2026.10"
FETCHING, STAGED = Fetching(NEXT, CENTRE), Staged(NEXT, CENTRE)
APPLYING = Applying(STAGED, "m1", RUNS, "boot-1", 100.0)
PROVING = Proving(NEXT, RUNS)
GIVEN_UP = GivenUp(NEXT, "update.fell_back")


def looked(running: str = RUNS, boot: str = "boot-1", at: float = 200.0, installed: str = "") -> Looked:
    return Looked(running, boot, at, installed)


TABLE: list[tuple[Phase, Event, Phase]] = [
    # a release is offered
    (UpToDate(), Offered(NEXT, CENTRE), FETCHING),
    (FETCHING, Offered(NEXT, CENTRE), FETCHING),
    (FETCHING, Offered(LATER, CENTRE), Fetching(LATER, CENTRE)),
    (Fetching(NEXT, STICK, "update.unreadable"), Offered(NEXT, CENTRE), FETCHING),
    (FETCHING, Offered(NEXT, STICK), Fetching(NEXT, STICK)),
    (STAGED, Offered(NEXT, CENTRE), STAGED),
    (STAGED, Offered(NEXT, STICK), STAGED),
    (STAGED, Offered(LATER, CENTRE), Fetching(LATER, CENTRE)),
    (Staged(LATER, STICK), Offered(NEXT, CENTRE), Staged(LATER, STICK)),
    (Staged(NEXT, STICK), Offered(LATER, CENTRE), Fetching(LATER, CENTRE)),
    (STAGED, Offered(RUNS, STICK), Fetching(RUNS, STICK)),
    (APPLYING, Offered(LATER, CENTRE), APPLYING),
    (GIVEN_UP, Offered(LATER, CENTRE), Fetching(LATER, CENTRE)),
    # and withdrawn
    (UpToDate(), Withdrawn(), UpToDate()),
    (FETCHING, Withdrawn(), UpToDate()),
    (Fetching(NEXT, STICK, "update.unreadable"), Withdrawn(), UpToDate()),
    (STAGED, Withdrawn(), UpToDate()),
    (Staged(NEXT, STICK), Withdrawn(), Staged(NEXT, STICK)),
    (APPLYING, Withdrawn(), APPLYING),
    (GIVEN_UP, Withdrawn(), GIVEN_UP),
    # it is fetched
    (FETCHING, FetchFailed("update.no_room"), Fetching(NEXT, CENTRE, "update.no_room")),
    (STAGED, FetchFailed("update.damaged"), Fetching(NEXT, CENTRE, "update.damaged")),
    (APPLYING, FetchFailed("update.damaged"), APPLYING),
    (Fetching(NEXT, CENTRE, "update.no_room"), Fetched(), STAGED),
    (Fetching(NEXT, STICK), Fetched(at_once=True), Staged(NEXT, STICK, at_once=True)),
    (STAGED, Fetched(at_once=True), Staged(NEXT, CENTRE, at_once=True)),
    (STAGED, Fetched(), STAGED),
    (UpToDate(), Fetched(), UpToDate()),
    # it is handed over
    (STAGED, Marked("m1", RUNS, "boot-1", 100.0), APPLYING),
    (FETCHING, Marked("m1", RUNS, "boot-1", 100.0), FETCHING),
    (APPLYING, Refused("m1", "update.install_failed"), Staged(NEXT, CENTRE, 1, "update.install_failed")),
    (APPLYING, Refused("m1", "update.busy"), Staged(NEXT, CENTRE, 0, "update.busy")),
    (APPLYING, Refused("m0", "update.install_failed"), APPLYING),
    (STAGED, Refused("m1", "update.install_failed"), STAGED),
    # and looked at again: still at work, died without a word, power cut, started, fallen back
    (APPLYING, looked(), APPLYING),
    (APPLYING, looked(installed="m1"), APPLYING),
    (APPLYING, looked(at=101 + LONGEST_APPLY_S), Staged(NEXT, CENTRE, 1, "update.install_failed")),
    (APPLYING, looked(boot="boot-2", at=9.0), Staged(NEXT, CENTRE, 1, "update.install_failed")),
    (APPLYING, looked(boot="boot-2", at=9.0, installed="m0"), Staged(NEXT, CENTRE, 1, "update.install_failed")),
    (APPLYING, looked(NEXT, "boot-2", 9.0, "m1"), PROVING),
    (APPLYING, looked(NEXT, "boot-2", PROVEN_AFTER_S, "m1"), UpToDate()),
    (APPLYING, looked(LATER, "boot-2", 9.0, "m1"), UpToDate()),
    (PROVING, looked(NEXT, "boot-2", 600.0, "m1"), PROVING),
    (PROVING, looked(NEXT, "boot-3", 9.0, "m1"), PROVING),
    (PROVING, looked(NEXT, "boot-3", PROVEN_AFTER_S, "m1"), UpToDate()),
    (PROVING, looked(RUNS, "boot-4", 9.0, "m1"), GIVEN_UP),
    (PROVING, looked(RUNS, "boot-4", 2 * PROVEN_AFTER_S, "m1"), GIVEN_UP),
    (PROVING, looked(LATER, "boot-4", 9.0, "m1"), UpToDate()),
    (PROVING, Offered(LATER, CENTRE), PROVING),
    (PROVING, Offered(LATER, STICK), PROVING),
    (PROVING, Withdrawn(), PROVING),
    (PROVING, FetchFailed("update.no_room"), PROVING),
    (PROVING, Refused("m1", "update.busy"), PROVING),
    (APPLYING, looked(boot="boot-2", at=9.0, installed="m1"), GIVEN_UP),
    (FETCHING, looked(NEXT), UpToDate()),
    (STAGED, looked(NEXT), UpToDate()),
    (STAGED, looked(), STAGED),
    (UpToDate(), looked(), UpToDate()),
    (GIVEN_UP, looked(), GIVEN_UP),
]


@pytest.mark.parametrize(("before", "event", "after"), TABLE)
def test_what_follows_what(before: Phase, event: Event, after: Phase) -> None:
    """Each event leads where the table says, and nowhere else."""
    assert step(Progress(before), event).phase == after


def test_the_record_survives_the_disk() -> None:
    """Every phase of the table is read back as it was written."""
    for phase in {phase for before, _, after in TABLE for phase in (before, after)}:
        progress = Progress(phase, (RUNS,))
        assert PROGRESS.validate_json(PROGRESS.dump_json(progress)) == progress


@pytest.mark.fault("update does not start", code="update.fell_back")
def test_a_version_that_fell_back_is_never_tried_again() -> None:
    """After a fallback the same version is not taken again, whoever offers it; a later one is, and then not that."""
    progress = step(Progress(APPLYING), looked(boot="boot-2", at=9.0, installed="m1"))
    for origin in Origin:
        assert step(progress, Offered(NEXT, origin)) == progress
    later = step(progress, Offered(LATER, CENTRE))
    assert later.phase == Fetching(LATER, CENTRE)
    assert step(step(later, Withdrawn()), Offered(NEXT, CENTRE)).phase == UpToDate()


@pytest.mark.fault("update cannot be installed", code="update.install_failed")
def test_an_installation_that_fails_is_tried_a_few_times() -> None:
    """After some tries it is given up, so that no terminal writes its disk to death; being busy does not count."""
    progress = Progress(STAGED)
    for number in range(MOST_TRIES + 5):
        assert isinstance(progress.phase, Staged), number
        code = "update.busy" if number < 5 else "update.install_failed"
        progress = step(step(progress, Marked(f"m{number}", RUNS, "boot-1", 1.0)), Refused(f"m{number}", code))
    assert progress == Progress(GivenUp(NEXT, "update.install_failed"), (NEXT,))


def test_versions_are_compared_as_numbers() -> None:
    """2026.10 comes after 2026.2, as the boot loader sorts them; what is no version is not compared."""
    from wire.release import is_version, newer  # noqa: PLC0415

    ordered = ["0.1.0", "1.0", "1.0.0", "1.0.2", "1.0.10", "2026.1", "2026.2", "2026.10", "2027.1"]
    assert all(newer(later, earlier) and not newer(earlier, later) for earlier, later in pairwise(ordered))
    assert not newer("1.0", "1.0")
    for odd in (
        "",
        "1",
        "1.",
        ".1",
        "01.2",
        "1.02",
        "1.0-rc1",
        "1.0 ",
        "1.0\n",
        "../1.0",
        "1.0.0.0.0",
        "１.0",
        "1." + "9" * 7,
    ):
        assert not is_version(odd), odd
        with pytest.raises(ValueError, match="no version"):
            newer(odd, "1.0")
