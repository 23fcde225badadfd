"""The harness is able to fail: each broken promise is seen, and counted as what it is."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from demo.glass import Seen
from tests.crash.killing.books import Books, CentreBooks, Copy, Paper, Sent, Sheet, TerminalBooks
from tests.crash.killing.invariants import Kind, breaches, left_behind
from tests.crash.killing.told import Told
from tests.terminal_parts import START
from wire.case import new_case_number
from wire.clock import CHINA

CASE = new_case_number(START.astimezone(CHINA).date(), 12, 1)
OTHER_CASE = new_case_number(START.astimezone(CHINA).date(), 12, 2)
SERIAL = "BM-2026-000001-9"
APPLICATION, RECEIPT = Sent("a1", "application", 1), Sent("r1", "print_receipt", 2)
COPY = Copy("job-1", SERIAL, 1, "delivered", reprint=False, settled_by="")
RESOURCES = {("item", "senior_card"): "digest-1", ("setting", "hours"): "digest-2"}
TOLD = Told(cases={CASE}, kept=True, slips={CASE}, certificates={SERIAL}, tracked={CASE})
SOUND = Books(
    TerminalBooks(
        delivered=(APPLICATION, RECEIPT),
        last_sequence=2,
        copies=(COPY, Copy("job-0", None, None, "void", reprint=False, settled_by="")),
        cursor=9,
        resources=RESOURCES,
        contents=RESOURCES,
    ),
    CentreBooks(
        received=(APPLICATION, RECEIPT),
        cases=(CASE,),
        copies=(COPY,),
        certificates=frozenset({SERIAL}),
        published=RESOURCES,
    ),
    Paper(
        sheets=(Sheet("job-1", 1), Sheet("job-1", 2), Sheet("slip-1", 1)),
        pages={"job-1": 2, "slip-1": 1},
        slips={"slip-1": CASE},
        certificates={"job-1": SERIAL},
    ),
)


def terminal(**changes: object) -> Books:
    """Return sound books but for the terminal's."""
    return replace(SOUND, terminal=replace(SOUND.terminal, **changes))


def centre(**changes: object) -> Books:
    """Return sound books but for the centre's."""
    return replace(SOUND, centre=replace(SOUND.centre, **changes))


def paper(**changes: object) -> Books:
    """Return sound books but for the paper."""
    return replace(SOUND, paper=replace(SOUND.paper, **changes))


def test_sound_books_break_no_promise() -> None:
    """What really happened once, everywhere, is no finding."""
    assert breaches(TOLD, SOUND) == []


LOST: dict[str, Callable[[], Books]] = {
    "a case that a citizen was told": lambda: centre(cases=(OTHER_CASE,)),
    "an application that was kept": lambda: centre(cases=()),
    "an acknowledged envelope": lambda: centre(received=(APPLICATION,)),
    "an envelope of the terminal": lambda: terminal(delivered=(APPLICATION,)),
    "an envelope that is never sent": lambda: terminal(queued=(RECEIPT,), delivered=(APPLICATION,)),
    "an envelope that is refused": lambda: centre(quarantined=1),
    "an envelope that only the centre knows": lambda: centre(
        received=(APPLICATION, RECEIPT, Sent("x", "application", 3))
    ),
    "a certificate": lambda: centre(certificates=frozenset()),
    "a copy at the centre": lambda: centre(copies=()),
    "a copy in the ledger": lambda: terminal(copies=()),
    "a copy without an end": lambda: terminal(copies=(COPY._replace(state="printing"),)),
    "a page of a delivered copy": lambda: paper(sheets=SOUND.paper.sheets[1:]),
    "a slip": lambda: paper(sheets=SOUND.paper.sheets[:2]),
    "paper without a row": lambda: paper(certificates={"job-1": "BM-2026-000002-7"}),
    "half of a bundle": lambda: terminal(resources={("item", "senior_card"): "digest-1"}),
    "what a resource's digest says": lambda: terminal(contents={**RESOURCES, ("setting", "hours"): "digest-3"}),
    "the database": lambda: terminal(fault="database disk image is malformed"),
    "a database that was given up": lambda: terminal(set_aside=("damaged-0001-20261123T013000Z",)),
    "a row of the audit log": lambda: centre(audit_findings=("gap at row 3",)),
}
DOUBLED: dict[str, Callable[[], Books]] = {
    "a case": lambda: centre(cases=(CASE, CASE)),
    "a case of one visit": lambda: centre(cases=(CASE, OTHER_CASE)),
    "an envelope at the centre": lambda: centre(received=(APPLICATION, APPLICATION, RECEIPT)),
    "an envelope at the terminal": lambda: terminal(queued=(APPLICATION,)),
    "a sequence number": lambda: terminal(delivered=(APPLICATION, RECEIPT, Sent("r2", "print_receipt", 2))),
    "a page": lambda: paper(sheets=(*SOUND.paper.sheets, Sheet("job-1", 2))),
    "a slip": lambda: paper(
        sheets=(*SOUND.paper.sheets, Sheet("slip-2", 1)),
        pages={**SOUND.paper.pages, "slip-2": 1},
        slips={"slip-1": CASE, "slip-2": CASE},
    ),
    "paper of a copy that is void": lambda: terminal(copies=(COPY._replace(state="void"),)),
    "a copy at the centre's count": lambda: centre(copies=(COPY, COPY)),
    "a certificate for which nobody asked again": lambda: replace(
        terminal(copies=(COPY, COPY._replace(job_name="job-2", number=2))),
        paper=replace(
            SOUND.paper,
            sheets=(*SOUND.paper.sheets, Sheet("job-2", 1), Sheet("job-2", 2)),
            pages={**SOUND.paper.pages, "job-2": 2},
            certificates={"job-1": SERIAL, "job-2": SERIAL},
        ),
    ),
}


@pytest.mark.parametrize("what", list(LOST))
def test_what_is_lost_is_found(what: str) -> None:
    """Each thing that goes missing is found, as lost."""
    assert Kind.LOST in {breach.kind for breach in breaches(TOLD, LOST[what]())}


@pytest.mark.parametrize("what", list(DOUBLED))
def test_what_is_there_twice_is_found(what: str) -> None:
    """Each thing that is there twice is found, as doubled."""
    assert Kind.DOUBLED in {breach.kind for breach in breaches(TOLD, DOUBLED[what]())}


def test_a_name_left_behind_is_found() -> None:
    """Wherever a citizen can be read, it is found, as left behind."""
    (breach,) = left_behind(["terminal.log: name in utf-8"])
    assert breach.kind is Kind.LEFT_BEHIND


@pytest.mark.parametrize("complete", [True, False])
def test_a_citizens_answer_that_is_forgotten_is_found(*, complete: bool) -> None:
    """Whole or not: what they said about the paper stands on both sides, or both are found wanting."""
    told = Told(settled={SERIAL: complete})
    assert [breach.kind for breach in breaches(told, SOUND)] == [Kind.LOST, Kind.LOST]
    state = "delivered" if complete else "void"
    settled = (COPY._replace(state=state, settled_by="citizen"),)
    books = replace(terminal(copies=settled), centre=replace(SOUND.centre, copies=settled))
    assert breaches(told, books) == []


def test_a_marked_reprint_is_no_finding() -> None:
    """A second paper for which a person asked, marked as such, is as it should be."""
    first = COPY._replace(state="void", settled_by="citizen")
    copies = (first, COPY._replace(job_name="job-2", number=2, reprint=True))
    sheets = (Sheet("job-1", 1), Sheet("slip-1", 1), Sheet("job-2", 1), Sheet("job-2", 2))
    books = Books(
        replace(SOUND.terminal, copies=copies),
        replace(SOUND.centre, copies=copies),
        replace(
            SOUND.paper,
            sheets=sheets,
            pages={**SOUND.paper.pages, "job-2": 2},
            certificates={"job-1": SERIAL, "job-2": SERIAL},
        ),
    )
    assert breaches(TOLD, books) == []


def test_what_the_glass_says_is_remembered() -> None:
    """Kept, number and slip, serial, a case that was followed, an answer that was taken: read off the views."""
    told = Told()
    told.read(seen("Waiting", "申请已保存，正在打印受理通知书"))
    told.read(seen("Delivered", "请取走受理通知书，凭它可以查询进度。", reference=f"{CASE[:8]} {CASE[8:]}"))
    told.read(seen("CaseProgress", reference=OTHER_CASE))
    told.read(seen("PaperCheck", reference=SERIAL))
    told.answering(complete=False)
    assert told.settled == {}, "it was not taken yet"
    told.read(seen("ProblemShown", problem="printer.found_incomplete"))
    told.read(seen("Delivered", reference=SERIAL))
    assert told == Told(
        cases={CASE},
        kept=True,
        slips={CASE},
        certificates={SERIAL},
        tracked={OTHER_CASE},
        settled={SERIAL: False},
    )


def seen(view: str, *texts: str, **facts: str) -> Seen:
    """Return what a look at the glass gives."""
    return Seen(view, awaiting=True, warning=False, names=(), texts=texts, first_frame_at=None, facts=facts)
