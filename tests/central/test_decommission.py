"""The end of a terminal: nothing unsent is lost unless somebody says so, and then neither key nor data are left."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from central.cases.models import Case
from central.fleet.models import Heartbeat
from kiosk.config import Config, example
from kiosk.store import Store, erasing
from kiosk.store.erasing import KEYS, StillUnsent, erase
from kiosk.store.gate import Gate
from kiosk.sync import enrolment
from kiosk.sync.decommission import RESET_WANTED, Ended, Ending, decommission
from kiosk.sync.errors import NotEnrolled
from tests.central.playing import Desk
from tests.central.real_terminal import RealTerminal, enrolled, opened
from tests.command_line import bianmin
from tests.pretend_centre import line_down

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("django_in_the_loop")]


@pytest.fixture
async def mine(desk: Desk, tmp_path: Path) -> RealTerminal:
    """Give an enrolled terminal with one application in its queue, whose store is left to the work."""
    folder = tmp_path / "data"
    folder.mkdir()
    await enrolled(desk, folder)
    with opened(folder) as mine:
        mine.submit()
    return mine


async def ended(
    mine: RealTerminal, *, line: bool = True, export: Path | None = None, lose_unsent: bool = False
) -> Ended:
    config = configured(mine.data_dir)
    store = Store.open(config.database, mine.clock, mine.terminal)  # closed by the work itself
    how = Ending("test", export, lose_unsent=lose_unsent)
    async with mine.client(None if line else line_down) as client:
        return await decommission(config, mine.terminal, store, client, mine.clock, how=how)


def configured(data_dir: Path) -> Config:
    path = data_dir.parent / "terminal.toml"
    text = example().replace("/var/lib/bianmin", str(data_dir)).replace("https://centre.example", "http://127.0.0.1:9")
    path.write_text(text, encoding="utf-8")
    return Config.load(path)


async def test_what_is_unsent_is_sent_first(mine: RealTerminal) -> None:
    """With a line the queue is emptied, the centre hears that the terminal is gone, and the folder is bare."""
    (mine.data_dir / "damaged-0001").mkdir()
    (mine.data_dir / "damaged-0001" / "terminal.sqlite3").write_bytes(b"what was saved aside")
    done = await ended(mine)
    assert (done.pushed, done.told, done.exported) == (1, True, None)
    assert Case.objects.count() == 1
    (report,) = [one for one in Heartbeat.objects.get(terminal=done.terminal).devices if one["kind"] == "health"]
    assert report["name"] == "decommissioned"
    assert list(mine.data_dir.iterdir()) == []
    with pytest.raises(NotEnrolled):
        enrolment.load(mine.data_dir)


@pytest.mark.fault("line drops", code="terminal.still_unsent")
async def test_without_a_line_nothing_is_erased(mine: RealTerminal) -> None:
    """Refused with the number of envelopes; key and queue are as they were."""
    with pytest.raises(StillUnsent) as raised:
        await ended(mine, line=False)
    assert raised.value.count == 1
    with opened(mine.data_dir) as again:
        assert again.store.outbox.queue().queued == 1


async def test_without_a_line_it_goes_onto_a_stick(mine: RealTerminal, tmp_path: Path) -> None:
    """Exported, the envelopes may go: the centre takes them from the stick."""
    stick = tmp_path / "stick"
    stick.mkdir()
    done = await ended(mine, line=False, export=stick)
    assert (done.told, done.carried) == (False, 1)
    assert list(mine.data_dir.iterdir()) == []
    call_command("import_ferry", str(stick), stdout=StringIO())
    assert Case.objects.count() == 1


async def test_what_is_in_quarantine_is_not_given_up_silently(mine: RealTerminal, tmp_path: Path) -> None:
    """An export does not hold what the centre refused: that is settled first, or given up in so many words."""
    with opened(mine.data_dir) as again:
        again.store.outbox.set_aside(again.store.outbox.pending(1)[0].header.id, "wire.malformed")
    with pytest.raises(StillUnsent):
        await ended(mine, line=False, export=tmp_path)
    assert (mine.data_dir / "terminal.json").exists()
    done = await ended(mine, line=False, lose_unsent=True)
    assert done.pushed == 0
    assert list(mine.data_dir.iterdir()) == []


async def test_the_key_goes_first_and_overwritten(mine: RealTerminal) -> None:
    """Cut off in the middle, no key is left; the command finishes what it began."""
    erased: list[str] = []
    key = mine.data_dir / "terminal.json"
    beside = mine.data_dir.parent / "another-name-of-the-key"
    beside.hardlink_to(key)

    def cut(path: Path) -> None:
        erased.append(path.name)
        if path.name not in KEYS:
            raise OSError("power cut")
        whole(path)

    whole = erasing._erase
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(erasing, "_erase", cut)
        with pytest.raises(OSError, match="power cut"):
            erase(mine.data_dir / "terminal.sqlite3", lose_unsent=True)
    assert erased[0] == "terminal.json"
    assert not key.exists()
    assert set(beside.read_bytes()) == {0}, "its blocks were overwritten before it was removed"
    assert erase(mine.data_dir / "terminal.sqlite3", lose_unsent=True) > 0
    assert list(mine.data_dir.iterdir()) == []


def test_links_are_not_followed(tmp_path: Path) -> None:
    """What a link leads to is not this terminal's."""
    folder, other = tmp_path / "data", tmp_path / "other"
    folder.mkdir()
    other.write_text("not ours")
    (folder / "link").symlink_to(other)
    assert erase(folder / "terminal.sqlite3") == 2, "the link, and the lock beside the database"
    assert other.read_text() == "not ours"


def test_nobody_writes_meanwhile(tmp_path: Path) -> None:
    """While a transaction is under way, erasing waits for its end: nothing is told and then lost."""
    gate = Gate(tmp_path / "terminal.sqlite3")
    with gate.shared():
        probe = Gate(tmp_path / "terminal.sqlite3")
        import fcntl  # noqa: PLC0415 - asked without waiting

        with pytest.raises(BlockingIOError):
            fcntl.flock(probe._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        probe.close()
    gate.close()


@pytest.mark.slow
async def test_by_the_command(mine: RealTerminal) -> None:
    """The command refuses with its number, asks before it erases, and says as JSON what it did."""
    configured(mine.data_dir)
    path = mine.data_dir.parent / "terminal.toml"
    refused = bianmin("decommission", "--yes", "--json", "--config", path)
    assert (refused.code, refused.json["error"]["number"]) == (1, 1046)
    assert bianmin("decommission", "--config", path, typed="n\n").code == 1
    assert (mine.data_dir / "terminal.json").exists()
    done = bianmin("decommission", "--yes", "--lose-unsent", "--factory-reset", "--json", "--config", path)
    assert (done.code, done.json["pushed"], done.json["told"]) == (0, 0, False)
    assert [left.name for left in mine.data_dir.iterdir()] == [RESET_WANTED], "which the image's path unit waits for"
    assert json.loads(bianmin("decommission", "--yes", "--json", "--config", path).out) == {"files": 2}
