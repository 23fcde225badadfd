"""Points come from seed and number alone, reach every place, and a result of any of them is not passed over."""

from datetime import UTC, datetime
from itertools import pairwise

from tests.crash.killing.points import AtWrite, Scene, Target, draw
from tests.crash.tables import page, result
from tests.crash.tally import Finding, Tally

MANY = 300


def test_a_replay_draws_the_same() -> None:
    """A point is the same whenever it is drawn, and another one of the same seed is another one."""
    assert [draw(5, number) for number in range(MANY)] == [draw(5, number) for number in range(MANY)]
    assert all(one != other for one, other in pairwise(draw(5, number) for number in range(MANY)))
    assert draw(5, 0) != draw(6, 0)


def test_three_hundred_points_reach_every_process_and_scene() -> None:
    """Nothing that can be struck is left out of a usual run, and the exact kind of strike is common."""
    points = [draw(1, number) for number in range(MANY)]
    assert {(point.target, point.scene) for point in points} >= {
        *((target, scene) for target in (Target.APP, Target.BOTH) for scene in (Scene.CERTIFICATE, Scene.APPLICATION)),
        *((Target.APP, scene) for scene in Scene if scene is not Scene.ROUND),
        *((target, Scene.ROUND) for target in (Target.SYNC, Target.BOTH)),
    }
    assert sum(isinstance(point.trigger, AtWrite) for point in points) > MANY / 4


def test_the_result_counts_what_was_found() -> None:
    """Findings of every harness are in the last line, and in the page with the point that brings each back."""
    one, other = Tally("killed", points=3), Tally("unsynced", points=2)
    one.places["app", "print"] += 3
    one.doubled.append(Finding("a page came out once", 7, 2))
    other.lost.append(Finding("an envelope is there", 7, 1))
    assert result([one, other]) == {"points": 5, "lost": 1, "doubled": 1, "left_behind": 0}
    told = page([one, other], 7, 90, datetime(2026, 11, 24, tzinfo=UTC), "1234567")
    assert "| print | 3 |" in told
    assert "point 2 of seed 7: a page came out once" in told
