"""Support bundles from the button to the file: asked for, answered once, opened by administrators only, on record."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from central.fleet.models import TerminalCommand
from central.support.models import BundleOpened, ReceivedBundle
from kiosk import health
from kiosk.support import ways
from kiosk.support.bundle import Facts, archive
from kiosk.sync import rounds
from kiosk.sync.support_request import ask, take
from tests.central.playing import Desk
from tests.central.real_terminal import enrolled, opened
from tests.central.test_admin import heartbeat, page, staff
from wire.clock import SystemClock
from wire.messages import CommandKind, Heartbeat, HeartbeatReply

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("django_in_the_loop")]
LIST = "/console/support/receivedbundle/"


async def test_from_the_button_to_the_file(desk: Desk, tmp_path: Path) -> None:
    """An administrator asks, the terminal's own code answers with one sealed bundle, and its content can be read."""
    await enrolled(desk, tmp_path)
    administrator, officer = staff("--administrator"), staff()
    with opened(tmp_path) as mine:
        code = mine.terminal.enrolment.terminal
        where = f"/console/fleet/terminal/{code}/change/"
        assert "索取支持包" in page(administrator, where)
        for _ in range(2):
            administrator.post(f"{LIST}ask/{code}/")
        machine = health.reports(tmp_path, SystemClock(), mine.store.settings)
        async with mine.client() as client:
            for _ in range(2):  # the first answer may have been lost on its way
                (command,) = await rounds.heartbeat(mine.store, client, mine.clock, "test", machine)
                assert command.kind is CommandKind.SUPPORT_BUNDLE
                assert ask(tmp_path, mine.store, command.id)
            made = archive(Facts(at=mine.clock.now(), version="0.1.0", store=mine.store), [])
            ways.to_centre(mine.store, made, take(tmp_path))
            await rounds.push(mine.store, client)
            assert await rounds.heartbeat(mine.store, client, mine.clock, "test", machine) == ()
    received = ReceivedBundle.objects.get()
    assert (received.size, received.asked) == (len(made), True)
    file = administrator.get(f"{LIST}{received.pk}/file/")
    assert (file.status_code, file.content) == (200, made)
    assert "no-store" in file.headers["Cache-Control"]
    assert BundleOpened.objects.get().username.startswith("officer-")
    assert "officer-" in page(administrator, LIST)
    assert "最近收到于" in page(administrator, where)
    assert officer.get(f"{LIST}{received.pk}/file/").status_code == 403
    assert officer.post(f"{LIST}ask/{code}/").status_code == 403
    assert officer.get(LIST).status_code == 403


async def test_carried_on_a_stick(desk: Desk, tmp_path: Path) -> None:
    """A sealed file is opened by a command at the centre; one that was changed, or is no bundle, is not."""
    await enrolled(desk, tmp_path)
    stick = tmp_path / "stick"
    stick.mkdir()
    with opened(tmp_path) as mine:
        path = ways.to_folder(stick, b"made", mine.terminal, mine.clock)
    out = tmp_path / "bundle.tar.gz"
    call_command("open_support_bundle", path, "--out", out, stdout=StringIO())
    assert out.read_bytes() == b"made"
    path.write_bytes(path.read_bytes().replace(b'"body":"', b'"body":"AAAA'))
    with pytest.raises(CommandError, match=r"wire\."):
        call_command("open_support_bundle", path, "--out", out)
    path.write_text("{}")
    with pytest.raises(CommandError, match="no support bundle"):
        call_command("open_support_bundle", path, "--out", out)


def test_a_terminal_of_yesterday_is_not_told(desk: Desk) -> None:
    """A command that a terminal does not know would spoil its heartbeat: it is told to those that can answer it."""
    client = staff("--administrator")
    client.post(f"{LIST}ask/{desk.terminal.enrolment.terminal}/")
    assert TerminalCommand.objects.get().told_at is None
    assert told(desk, heartbeat()) == []
    assert told(desk, heartbeat(("disk", "well", ""))) == [CommandKind.SUPPORT_BUNDLE]


def test_of_the_own_centre_only(desk: Desk) -> None:
    """A stranger's terminal does not exist for an administrator; an unknown one neither."""
    assert staff("--administrator").post(f"{LIST}ask/nobody/").status_code == 404


def told(desk: Desk, report: Heartbeat) -> list[CommandKind]:
    """Return the commands with which a heartbeat is answered."""
    assert report.at <= datetime.now(UTC)
    answer = desk.terminal.call("POST", "/heartbeat", report)
    return [command.kind for command in HeartbeatReply.model_validate_json(answer.content).commands]
