"""The technician's screen: who gets in, what it shows, what its self-tests do, and when it ends."""

import asyncio
import tomllib
from collections.abc import Iterator
from functools import partial
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from devices.camera.api import Frame
from devices.card_reader.api import CardGarbled
from devices.printer.api import PrintDoubtful
from devices.speech.api import SpeechMissing
from kiosk.flows import self_tests
from kiosk.staff import Staff, facts
from kiosk.stage import (
    Attract,
    Choice,
    Done,
    EnterDigits,
    Home,
    Identify,
    IdleAnswer,
    IdleWarning,
    ProblemShown,
    ReaderState,
    ScanCode,
    StaffAsked,
    Technician,
    TestDevice,
    Waiting,
)
from kiosk.status_board import StatusBoard
from kiosk.technician_pin import PinGate
from tests.fakes.staff import HASH, IN, PIN
from tests.fakes.stage import BACK, HOME, NOTHING, Row, does, like
from tests.fakes.terminal import FakeTerminal
from tests.fakes.town import ZHANG_RESIDENT
from tests.terminal_parts import TERMINAL
from wire.identity import mask_id_number
from wire.problems import problem
from wire.text import Language, Text

WRONG = "00000000"
ASK = StaffAsked.STAFF_ASKED


class FakeCamera:
    """A camera that has one picture, of one grey."""

    def __init__(self, grey: int) -> None:
        self.name = "camera"
        self.users = 0
        self._pixels = np.full((48, 64, 3), grey, np.uint8)

    def start(self) -> None:
        self.users += 1

    def stop(self) -> None:
        self.users -= 1

    async def next_frame(self, after: int) -> Frame:
        return Frame(after + 1, self._pixels)


@pytest.fixture
def staffed(tmp_path: Path) -> Iterator[FakeTerminal]:
    """Return a terminal whose technician has a PIN."""
    made = FakeTerminal(tmp_path)
    board = StatusBoard(
        (
            ("card_reader", made.reader),
            ("card_reader", made.second_reader),
            ("scanner", made.scanner),
            ("printer", made.printer),
            ("speech", made.speech),
        ),
        made.clock,
    )
    made.staff = Staff(
        gate=PinGate(HASH, made.store.settings, made.clock),
        board=board,
        cameras={"camera": FakeCamera(128), "cap on": FakeCamera(0)},  # type: ignore[dict-item] # as much as is used
        printers={"printer": made.printer},
        facts=partial(facts, made.store, TERMINAL),
    )
    yield made
    made.store.close()


def after(staffed: FakeTerminal, *rows: Row) -> Technician:
    """Play the rows after a technician was let in; return the technician's view that was shown last."""
    stage = staffed.play([*IN, *rows])
    return next(view for view in reversed(stage.views) if isinstance(view, Technician))


def told(view: Technician) -> tuple[str, str | None]:
    """Return the last self-test's message and the code of its problem."""
    assert view.result is not None
    return view.result.message.en, None if view.result.problem is None else view.result.problem.code


def test_without_a_pin_nobody_gets_in(terminal: FakeTerminal) -> None:
    """Where no PIN is configured the gesture is not offered, and does nothing."""
    terminal.play([(like(Attract, staff_entry=False), ASK), (Home, NOTHING)])


def test_the_right_pin_lets_in_and_done_leaves(staffed: FakeTerminal) -> None:
    """From the attract screen to the technician's and back; every device is listed, well, in order."""
    view = after(staffed, (Technician, Done.DONE), (Attract, NOTHING))
    assert [(line.kind, line.name, line.well) for line in view.devices] == [
        ("card_reader", "reader", True),
        ("card_reader", "second reader", True),
        ("scanner", "scanner", True),
        ("printer", "printer", True),
        ("speech", "speech", True),
    ]
    assert view.facts[0].value.en == TERMINAL.enrolment.terminal
    assert staffed.store.settings.technician_failures() == 0


def test_wrong_pins_cost_time(staffed: FakeTerminal) -> None:
    """After three wrong ones the screen asks no more, in the next visit neither, until the wait is over."""
    staffed.play(
        [
            (Attract, ASK),
            (EnterDigits, WRONG),
            (like(EnterDigits, problem="terminal.pin_wrong"), WRONG),
            (like(EnterDigits, problem="terminal.pin_wrong"), WRONG),
            (like(ProblemShown, problem="terminal.pin_locked", can_retry=False), Choice.LEAVE),
            (Attract, ASK),
            (like(ProblemShown, problem="terminal.pin_locked"), does(staffed.clock.pass_, 31)),
            (IdleWarning, IdleAnswer.LEAVE),
            (Attract, ASK),
            (like(EnterDigits, problem=None), PIN),
            (Technician, NOTHING),
        ]
    )


def test_a_citizen_who_came_here_goes_back(staffed: FakeTerminal) -> None:
    """Back at the PIN leads to the attract screen, and costs no try."""
    staffed.play([(Attract, ASK), (EnterDigits, BACK), (Attract, Done.DONE), (Home, NOTHING)])
    assert staffed.store.settings.technician_failures() == 0


def test_a_closed_terminal_lets_the_technician_in(staffed: FakeTerminal) -> None:
    """Out of service is when a technician comes."""
    staffed.store.settings.put_out_of_service(Text(zh="检修", en="Under repair"), "command")
    staffed.closed = problem("terminal.out_of_service")
    view = after(staffed, (Technician, Done.DONE), (like(Attract, closed="terminal.out_of_service"), NOTHING))
    assert view.facts[-1].value.en == "Under repair"


@pytest.mark.parametrize("leave", [HOME, NOTHING], ids=["home", "idle"])
def test_it_ends_like_a_visit(staffed: FakeTerminal, leave: object) -> None:
    """Home ends it; so does nobody being there."""
    warned: list[Row] = [(IdleWarning, IdleAnswer.LEAVE)] if leave is NOTHING else []
    stage = staffed.play([*IN, (Technician, leave), *warned, (Attract, NOTHING)])
    assert stage.resets == staffed.wipes == 1


def test_a_device_that_comes_and_goes_is_nobody(staffed: FakeTerminal) -> None:
    """A loose plug does not keep the screen open when the technician has left."""

    def wobble() -> None:
        loop = asyncio.get_running_loop()
        for second in range(10, 200, 10):
            loop.call_later(second, staffed.reader.lose if second % 20 else staffed.reader.bring_back)

    staffed.play(
        [
            *IN,
            (Technician, does(wobble)),
            *[(Technician, NOTHING)] * 5,
            (IdleWarning, IdleAnswer.LEAVE),
            (Attract, NOTHING),
        ]
    )


def test_what_changes_is_shown_at_once(staffed: FakeTerminal) -> None:
    """A printer that runs out comes first: its state, code, advice, since when, and how it was."""
    staffed.clock.pass_(60)
    view = after(staffed, (Technician, does(staffed.printer.run_out)), (Technician, NOTHING))
    line = view.devices[0]
    assert line.problem is not None
    assert (line.well, line.problem.code, line.since) == (False, "printer.out_of_paper", staffed.clock.now())
    assert line.before is not None
    assert line.before.en == "ready to print"
    assert line.advice is not None
    assert "paper" in line.advice.en


PRINT = TestDevice("printer", "printer")
READ = TestDevice("card_reader", "reader")
SCAN = TestDevice("scanner", "scanner")


def test_every_kind_of_device_has_a_self_test() -> None:
    """What has a name on the screen can be tried there."""
    kinds = tomllib.loads(files("kiosk").joinpath("advice.toml").read_text(encoding="utf-8"))["kind"]
    assert set(self_tests.TESTS) == set(kinds)


def test_test_page(staffed: FakeTerminal) -> None:
    """A page comes out, under a name that is no certificate's; the ledger knows nothing of it."""
    view = after(staffed, (Technician, PRINT), (Waiting, NOTHING), (Technician, NOTHING))
    assert told(view) == ("Pages printed: 1", None)
    (job,) = staffed.printer.jobs
    assert job.name.startswith("test-")
    assert job.pdf.startswith(b"%PDF-")


def test_test_page_without_paper(staffed: FakeTerminal) -> None:
    """What the printer says is told by its code, with what to do."""
    staffed.printer.run_out()
    view = after(staffed, (Technician, PRINT), (Technician, NOTHING))
    assert told(view) == ("Not printed", "printer.out_of_paper")
    assert view.result is not None
    assert view.result.advice is not None


@pytest.mark.fault("no sound device", code="device.mute")
def test_the_voice_says_a_sentence_in_each_language(staffed: FakeTerminal) -> None:
    """It is heard, or the technician is told why not."""
    speak = TestDevice("speech", "speech")
    assert told(after(staffed, (Technician, speak), (Technician, NOTHING))) == ("ready to speak", None)
    assert [language for _, language, _ in staffed.speech.said] == list(Language)
    staffed.speech.cell.set(SpeechMissing("no device"))
    assert told(after(staffed, (Technician, speak), (Technician, NOTHING)))[1] == "device.mute"


def test_doubtful_test_page(staffed: FakeTerminal) -> None:
    """Doubt stays doubt."""
    staffed.printer.next_outcome = PrintDoubtful("printer.job_lost", None)
    assert told(after(staffed, (Technician, PRINT), (Technician, NOTHING))) == ("Not certain", "printer.doubtful")


def test_a_card_is_read_masked(staffed: FakeTerminal) -> None:
    """A card on the reader that is tried; no view carries whose it is. One on another reader is not taken."""
    stage = staffed.play(
        [
            *IN,
            (Technician, does(staffed.second_reader.insert, CardGarbled("not this one"))),
            (Technician, READ),
            (Identify, does(staffed.reader.insert, ZHANG_RESIDENT)),
            (like(Identify, reader=ReaderState.READING), NOTHING),
            (Technician, NOTHING),
        ]
    )
    view = stage.views[-1]
    assert isinstance(view, Technician)
    assert told(view) == (f"Read: **燕 {mask_id_number(ZHANG_RESIDENT.id_number)}", None)
    assert not any(
        ZHANG_RESIDENT.name in repr(shown) or ZHANG_RESIDENT.id_number in repr(shown) for shown in stage.views
    )


def test_a_card_that_cannot_be_read(staffed: FakeTerminal) -> None:
    """The error is told by its code."""
    put = does(staffed.reader.insert, CardGarbled("check digit"))
    view = after(staffed, (Technician, READ), (Identify, put), (Technician, NOTHING))
    assert told(view) == ("check digit", "card.garbled")


def test_any_code_is_scanned_and_not_shown(staffed: FakeTerminal) -> None:
    """Its size is told, not what it says."""
    view = after(staffed, (Technician, SCAN), (ScanCode, does(staffed.scanner.hold, "secret")), (Technician, NOTHING))
    assert told(view) == ("Read 6 bytes (fake)", None)


@pytest.mark.parametrize(("test", "shown"), [(READ, Identify), (SCAN, ScanCode)])
def test_a_self_test_can_be_left(staffed: FakeTerminal, test: TestDevice, shown: type) -> None:
    """Back leads to the technician's screen, without a result."""
    assert after(staffed, (Technician, test), (shown, BACK), (Technician, NOTHING)).result is None


@pytest.mark.parametrize(
    ("camera", "result"),
    [("camera", ("64 × 48, brightness 128/255", None)), ("cap on", ("64 × 48, brightness 0/255", "camera.dark"))],
)
def test_a_picture_is_taken_and_dropped(staffed: FakeTerminal, camera: str, result: tuple[str, str | None]) -> None:
    """Size and brightness are told; the camera films no longer than that."""
    assert told(after(staffed, (Technician, TestDevice("camera", camera)), (Technician, NOTHING))) == result
    assert staffed.staff is not None
    assert staffed.staff.cameras[camera].users == 0  # type: ignore[attr-defined] # of the fake
