"""The first start as tables: from the box to the PIN, what goes wrong on the way, and the power cut at each step."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from devices.finding.api import CameraFound, Found, PcscFound, PrinterFound
from kiosk.flows.set_up.first_start import Stage
from kiosk.stage import (
    Choice,
    Chosen,
    Done,
    EnterDigits,
    EnterText,
    ProblemShown,
    ScanCode,
    SetUpPage,
    TypeInstead,
)
from kiosk.sync.errors import CentreNotTrusted, CentreOutOfDate, CentreRefused, CentreUnreachable
from kiosk.technician_pin import fits
from tests.fakes.set_up import FakeFirstStart
from tests.fakes.stage import BACK, NOTHING, Row, does, like
from wire.invitation import Invitation
from wire.text import Language

INVITATION = Invitation("https://dl.example", "ABCD-2345-WXYZ")
PIN = "40718293"
WELCOME = (like(SetUpPage, title="Welcome"), Chosen("zh"))
NETWORK = (like(SetUpPage, title="Network"), Done.DONE)
DEVICES = (like(SetUpPage, title="devices were found"), Done.DONE)
PIN_TWICE: list[Row] = [(like(EnterDigits, title="Choose"), PIN), (like(EnterDigits, title="Once more"), PIN)]


@pytest.fixture
def terminal(tmp_path: Path) -> FakeFirstStart:
    return FakeFirstStart(tmp_path)


def scan(terminal: FakeFirstStart) -> Row:
    return (like(ScanCode, problem=None), does(terminal.scanner.hold, INVITATION.text()))


def test_out_of_the_box(terminal: FakeFirstStart) -> None:
    """Language, network, code, devices, PIN: eight touches and one code, and all of it is kept."""
    stage = terminal.play([WELCOME, NETWORK, scan(terminal), DEVICES, *PIN_TWICE])
    assert terminal.finished
    assert terminal.invitations == [INVITATION]
    config = terminal.file.load()
    assert [(one.kind, getattr(one, "name", "")) for one in config.card_readers] == [("pcsc", "Example Reader 00 00")]
    assert config.camera.source == "/dev/video2"
    assert config.technician.pin_hash is not None
    assert fits(PIN, config.technician.pin_hash)
    assert not any(view.can_leave for view in stage.views), "nothing leads out"
    assert terminal.done == {Stage.DEVICES}


def test_the_language_is_chosen_first(terminal: FakeFirstStart) -> None:
    """Everything after the first page is in the language that was chosen there."""
    stage = terminal.play(
        [(like(SetUpPage, title="Welcome"), Chosen("en")), (like(SetUpPage, title="Network"), NOTHING)]
    )
    assert stage.language is Language.EN


def test_the_page_follows_the_network(terminal: FakeFirstStart) -> None:
    """A cable that is plugged in meanwhile shows by itself."""
    terminal.network.unplug()
    terminal.play(
        [WELCOME, (like(SetUpPage, title="Network"), does(terminal.network.plug)), NETWORK, (ScanCode, NOTHING)]
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CentreRefused("wire.enrolment_refused", 403), "wire.enrolment_refused"),
        (CentreUnreachable("no line"), "centre.unreachable"),
        (CentreOutOfDate("clock"), "centre.certificate_dates"),
        (CentreNotTrusted("stranger"), "centre.not_trusted"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_can_go_wrong_with_the_centre(terminal: FakeFirstStart, error: Exception, code: str) -> None:
    """Each has its number, and can be tried again; leaving leads back to the network."""
    terminal.answers = [error, error]
    problem = like(ProblemShown, problem=code, can_retry=True)
    terminal.play(
        [
            WELCOME,
            NETWORK,
            scan(terminal),
            (problem, Choice.RETRY),
            (ScanCode, does(terminal.scanner.hold, INVITATION.text())),
            (problem, Choice.LEAVE),
            NETWORK,
            (ScanCode, does(terminal.scanner.hold, INVITATION.text())),
            DEVICES,
            *PIN_TWICE,
        ]
    )
    assert terminal.finished


@pytest.mark.fault("clock", "terminal.clock_wrong")
def test_a_clock_that_is_far_off_is_told(terminal: FakeFirstStart) -> None:
    """The terminal is enrolled, and the technician knows that its clock is wrong."""
    terminal.clock_off = timedelta(days=400)
    terminal.play(
        [WELCOME, NETWORK, scan(terminal), (like(ProblemShown, problem="terminal.clock_wrong"), Choice.LEAVE), DEVICES]
    )


@pytest.mark.fault("code", "scan.not_an_invitation")
def test_another_code_before_the_camera(terminal: FakeFirstStart) -> None:
    """A code that is none is named, and the right one still read."""
    terminal.play(
        [
            WELCOME,
            NETWORK,
            (like(ScanCode, problem=None), does(terminal.scanner.hold, "https://example.org/")),
            (like(ScanCode, problem="scan.not_an_invitation"), does(terminal.scanner.hold, INVITATION.text())),
            DEVICES,
        ]
    )


@pytest.mark.parametrize("camera_fails", [False, True], ids=["wanted", "no-camera"])
def test_typed_instead(terminal: FakeFirstStart, *, camera_fails: bool) -> None:
    """Address and code can be typed, also where no camera works; what cannot be either is asked for again."""
    terminal.camera_fails = camera_fails
    terminal.play(
        [
            WELCOME,
            NETWORK,
            *([] if camera_fails else [(ScanCode, TypeInstead())]),
            (like(EnterText, text="https://", digits=True), "http://dl.example"),
            (like(EnterText, problem="centre.address_wrong", text="http://dl.example"), "https://dl.example"),
            (like(EnterText, title="enrolment code"), "ABCD2345"),
            (like(EnterText, problem="wire.enrolment_refused"), BACK),
            (like(EnterText, text="https://dl.example"), "https://dl.example"),
            (like(EnterText, title="enrolment code"), "abcd 2345 wxyz"),
            DEVICES,
        ]
    )
    assert terminal.invitations == [INVITATION]


def test_back_leads_back(terminal: FakeFirstStart) -> None:
    """From the centre to the network, from there to the language."""
    terminal.play([WELCOME, NETWORK, (ScanCode, BACK), (like(SetUpPage, title="Network"), BACK), WELCOME, NETWORK])


def test_devices_are_chosen(terminal: FakeFirstStart) -> None:
    """Missing ones are named; looked for again they are there; of two cameras the other one can be taken."""
    everything = terminal.finder.found
    cameras = (*everything.cameras, CameraFound(4, "Other", 640, 480))
    slips = PrinterFound("ipp://localhost:60001/ipp/print", "Slips", 80)
    terminal.finder.found = Found()

    def plug_in_and_look() -> None:
        terminal.finder.found = Found(everything.readers, cameras, (*everything.printers, slips))
        asyncio.get_running_loop().call_soon(terminal.stage.answer, Chosen("again"))

    page = like(SetUpPage, title="devices were found")
    terminal.play(
        [
            WELCOME,
            NETWORK,
            scan(terminal),
            (page, does(plug_in_and_look)),
            (page, Chosen("2")),
            (page, Done.DONE),
            (EnterDigits, NOTHING),
        ]
    )
    config = terminal.file.load()
    assert config.camera.source == 4
    assert config.slip_printer is not None
    assert (config.printer.uri, config.slip_printer.uri) == (everything.printers[0].uri, slips.uri)


def test_nothing_found_changes_nothing(terminal: FakeFirstStart) -> None:
    """A terminal without devices can be set up; its configuration stays as it was."""
    terminal.finder.found = Found()
    before = terminal.file.load()
    terminal.play([WELCOME, NETWORK, scan(terminal), DEVICES, (EnterDigits, NOTHING)])
    after = terminal.file.load()
    assert (after.camera, after.card_readers, after.printer) == (before.camera, before.card_readers, before.printer)


@pytest.mark.fault("technician", "terminal.pin_weak")
@pytest.mark.fault("technician", "terminal.pin_differs")
def test_a_pin_that_will_not_do(terminal: FakeFirstStart) -> None:
    """One that anybody would try is refused, and two that differ, too."""
    terminal.play(
        [
            WELCOME,
            NETWORK,
            scan(terminal),
            DEVICES,
            (like(EnterDigits, title="Choose", problem=None), "12345678"),
            (like(EnterDigits, problem="terminal.pin_weak"), PIN),
            (like(EnterDigits, title="Once more"), "40718294"),
            (like(EnterDigits, problem="terminal.pin_differs"), PIN),
            (like(EnterDigits, title="Once more"), BACK),
            *PIN_TWICE,
        ]
    )
    assert terminal.finished


def test_the_power_cut_goes_on_where_it_was(terminal: FakeFirstStart) -> None:
    """Cut after each step, nothing that was done is asked again; a set PIN is asked for first."""
    terminal.play([WELCOME, NETWORK, (ScanCode, NOTHING)])
    terminal.play([WELCOME, NETWORK, scan(terminal), (like(SetUpPage, title="devices were found"), NOTHING)])
    terminal.play(
        [WELCOME, DEVICES, (like(EnterDigits, title="Choose"), PIN), (like(EnterDigits, title="Once more"), NOTHING)]
    )
    assert terminal.file.load().technician.pin_hash is None
    terminal.play([WELCOME, *PIN_TWICE])
    assert terminal.finished
    terminal.play(
        [
            (like(EnterDigits, title="Technician's PIN"), "11223344"),
            (like(EnterDigits, problem="terminal.pin_wrong"), PIN),
            WELCOME,
        ]
    )
    assert terminal.finished
    assert len(terminal.invitations) == 1


def test_guesses_survive_the_power_cut(terminal: FakeFirstStart) -> None:
    """Switching off does not give free tries of the PIN."""
    terminal.play([WELCOME, NETWORK, scan(terminal), DEVICES, *PIN_TWICE])
    wrong = (like(EnterDigits, title="Technician's PIN"), "11223344")
    for _ in range(3):
        terminal.play([wrong])
    terminal.play([(like(ProblemShown, problem="terminal.pin_locked"), NOTHING)])


def test_a_bug_does_not_end_it(terminal: FakeFirstStart, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody expected is shown, and the step is taken again."""
    find, failures = terminal.finder.find, [RuntimeError("bug")]

    async def fails_once(hints: object) -> Found:
        if failures:
            raise failures.pop()
        return await find(hints)  # type: ignore[arg-type]

    monkeypatch.setattr(terminal.finder, "find", fails_once)
    terminal.play(
        [WELCOME, NETWORK, scan(terminal), (like(ProblemShown, problem="terminal.unexpected"), Choice.RETRY), DEVICES]
    )
    assert PcscFound("Example Reader 00 00") in terminal.finder.found.readers
