"""A few points of the harness that kills: a real terminal keeps its promises, and what is spoilt by hand is seen."""

import sqlite3  # noqa: TID251 - spoils a file
import tempfile
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from demo.centre import CentreServer
from devices.virtual.people import ZHANG
from tests.crash.killing.invariants import Kind
from tests.crash.killing.points import After, AtWrite, Call, Moment, OnLine, Point, Scene, Target
from tests.crash.killing.publishing import Publisher
from tests.crash.killing.rig import Rig, rig

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow, pytest.mark.timeout(600)]

WHILE_PRINTING = Point(
    number=0,
    target=Target.APP,
    scene=Scene.CERTIFICATE,
    moment=Moment.CONFIRMED,
    trigger=AtWrite("fdatasync", 4),
    line_cut=False,
    queued=0,
    published=0,
)
POINTS = {
    "app-while-printing": WHILE_PRINTING,
    "sync-at-push-and-pull": replace(
        WHILE_PRINTING,
        target=Target.SYNC,
        scene=Scene.ROUND,
        moment=Moment.BEGIN,
        trigger=OnLine(Call.PULL, answered=True, delay_s=0),
        queued=60,
        published=30,
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def terminal(centre: CentreServer) -> AsyncIterator[Rig]:
    """Give one terminal for all points."""
    with tempfile.TemporaryDirectory(prefix="bianmin-crash-") as folder:
        async with rig(Path(folder), centre, Publisher(centre.database_url)) as made:
            yield made


@pytest.mark.parametrize("name", list(POINTS))
@pytest.mark.fault("killed")
async def test_nothing_is_lost_or_doubled_or_left_behind(terminal: Rig, name: str) -> None:
    """Ended by SIGKILL and started again: what was said is true, once, on both sides; nothing of a citizen is left."""
    struck = await terminal.strike(POINTS[name])
    assert struck.breaches == ()
    assert struck.place != "nowhere"


@pytest.mark.fault("killed")
async def test_what_was_said_without_a_line_is_true_when_both_are_ended(terminal: Rig) -> None:
    """Number read and slip taken, the line dead, both processes killed: one case at the centre, with that number."""
    said = replace(WHILE_PRINTING, target=Target.BOTH, scene=Scene.APPLICATION, moment=Moment.DELIVERED, line_cut=True)
    struck = await terminal.strike(replace(said, trigger=After(0.1)))
    assert struck.breaches == ()
    (number,) = struck.told.cases
    assert struck.told.slips == {number}


async def test_what_is_spoilt_by_hand_is_found(terminal: Rig) -> None:
    """A delivery that is forgotten and a name that is written down are seen through the same eyes."""
    folder = terminal.stand.terminal.data_dir
    with closing(sqlite3.connect(folder / "terminal.sqlite3")) as connection, connection:
        connection.execute("DELETE FROM delivery WHERE sequence = 1")
    note = folder / "note"
    note.write_text(ZHANG.name, encoding="utf-8")
    rest = replace(WHILE_PRINTING, target=Target.SYNC, scene=Scene.NOBODY, moment=Moment.BEGIN, trigger=After(0))
    struck = await terminal.strike(rest)
    note.unlink()
    assert {breach.kind for breach in struck.breaches} == {Kind.LOST, Kind.LEFT_BEHIND}
