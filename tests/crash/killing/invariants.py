"""What has to hold after each strike, whoever was struck and when. Pure: books in, broken promises out."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from tests.crash.killing.books import Books, Copy, Resources
from tests.crash.killing.told import Told

T = TypeVar("T")


class Kind(StrEnum):
    """What came of a promise; the columns of the result."""

    LOST = "lost"
    DOUBLED = "doubled"
    LEFT_BEHIND = "left_behind"


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that does not hold. ``promise`` names ids, never persons."""

    kind: Kind
    promise: str


_PRINTED, _ON_NO_PAPER = "delivered", "void"
_FINAL = frozenset({"delivered", "void", "doubtful"})
_APPLICATION = "application"
_BY_CITIZEN = "citizen"


def breaches(told: Told, books: Books) -> list[Breach]:
    """Return every promise that does not hold; to be asked when everything has been sent."""
    return [breach for check in _CHECKS for breach in check(told, books)]


def left_behind(traces: Iterable[str]) -> list[Breach]:
    """Return that a citizen's data can be read: ``traces`` say where."""
    return [Breach(Kind.LEFT_BEHIND, f"nothing of a citizen is readable: {trace}") for trace in traces]


def _cases_said(told: Told, books: Books) -> Iterator[Breach]:
    cases = set(books.centre.cases)
    for number in sorted((told.cases | told.tracked) - cases):
        yield _lost(f"the citizen was told case {number}: the centre has it")
    new = cases - told.before
    if told.kept and not new:
        yield _lost("the citizen was told that the application is kept: the centre has a case more")
    if len(new) > 1:
        yield _doubled(f"one visit brings one case: there are {', '.join(sorted(new))}")
    for number in sorted(told.slips - set(_slips_in_the_tray(books))):
        yield _lost(f"the citizen was told that the slip of {number} was printed: it lies in the tray")


def _certificates_said(told: Told, books: Books) -> Iterator[Breach]:
    for serial in sorted(told.certificates - books.centre.certificates):
        yield _lost(f"the citizen was told certificate {serial}: the centre made it")
    for side, copies in (("terminal", books.terminal.copies), ("centre", books.centre.copies)):
        printed = {copy.serial for copy in copies if copy.state == _PRINTED}
        for serial in sorted(told.certificates - printed):
            yield _lost(f"the citizen was told that {serial} was printed: the {side} counts a copy")
        settled = {(copy.serial, copy.state == _PRINTED) for copy in copies if copy.settled_by == _BY_CITIZEN}
        for serial, _ in sorted(set(told.settled.items()) - settled):
            yield _lost(f"the citizen's answer about {serial} was taken: the {side} has it")


def _what_was_written(_told: Told, books: Books) -> Iterator[Breach]:
    """Check what lies on paper: it was said, too, and whoever holds it relies on it."""
    for number in sorted(set(_slips_in_the_tray(books)) - set(books.centre.cases)):
        yield _lost(f"a slip names case {number}: the centre has it")
    for number in _more_than_once(_slips_in_the_tray(books)):
        yield _doubled(f"the slip of {number} was printed once")


def _envelopes(_told: Told, books: Books) -> Iterator[Breach]:
    here = (*books.terminal.queued, *books.terminal.quarantined, *books.terminal.delivered)
    for name, sent in (("terminal", here), ("centre", books.centre.received)):
        for id_ in _more_than_once(one.id for one in sent):
            yield _doubled(f"envelope {id_} is there once at the {name}")
        for sequence in _more_than_once(one.sequence for one in sent):
            yield _doubled(f"sequence {sequence} was given once, says the {name}")
    for sequence in sorted(set(range(1, books.terminal.last_sequence + 1)) - {one.sequence for one in here}):
        yield _lost(f"sequence {sequence} was given to an envelope: it is queued or delivered")
    for one in sorted(set(here) - set(books.terminal.delivered)):
        yield _lost(f"envelope {one.id} is sent once the line has drained")
    for one in sorted(set(books.terminal.delivered) - set(books.centre.received)):
        yield _lost(f"envelope {one.id} was acknowledged: the centre has it")
    for one in sorted(set(books.centre.received) - set(here)):
        yield _lost(f"the centre has envelope {one.id}: the terminal knows of it")
    if books.centre.quarantined:
        yield _lost(f"no sound envelope is refused: {books.centre.quarantined} are")


def _cases(_told: Told, books: Books) -> Iterator[Breach]:
    for number in _more_than_once(books.centre.cases):
        yield _doubled(f"case {number} is there once")
    applications = sum(one.kind == _APPLICATION for one in books.centre.received)
    if len(books.centre.cases) != applications:
        told_apart = _doubled if len(books.centre.cases) > applications else _lost
        yield told_apart(f"{applications} applications are as many cases: there are {len(books.centre.cases)}")


def _copies(_told: Told, books: Books) -> Iterator[Breach]:
    mine = {copy for copy in books.terminal.copies if copy.serial is not None}
    for copy in books.terminal.copies:
        if copy.state not in _FINAL:
            yield _lost(f"copy {copy.job_name} comes to an end: it is {copy.state}")
    for copy in sorted(mine ^ set(books.centre.copies), key=str):
        yield _lost(f"ledger and centre say the same of every copy: not of {copy.job_name}, {copy.state}")
    for job_name in _more_than_once(copy.job_name for copy in books.centre.copies):
        yield _doubled(f"copy {job_name} is counted once")
    for serial in sorted({str(copy.serial) for copy in mine} - books.centre.certificates):
        yield _lost(f"certificate {serial} stands in the ledger: the centre made it")


def _paper(_told: Told, books: Books) -> Iterator[Breach]:
    out = Counter(sheet.job_name for sheet in books.paper.sheets)
    for sheet in _more_than_once(books.paper.sheets):
        yield _doubled(f"page {sheet.page} of {sheet.job_name} came out once")
    ledger = {copy.job_name: copy for copy in books.terminal.copies}
    for job_name in sorted(set(out) & set(books.paper.certificates)):
        copy = ledger.get(job_name)
        if copy is None or copy.serial != books.paper.certificates[job_name]:
            yield _lost(f"paper of {job_name} came out: the ledger has it under the serial that it bears")
    for copy in ledger.values():
        if copy.settled_by:
            continue  # somebody's word stands
        if copy.state == _PRINTED and out[copy.job_name] != books.paper.pages.get(copy.job_name):
            yield _lost(f"copy {copy.job_name} is delivered: every page lies in the tray")
        if copy.state == _ON_NO_PAPER and out[copy.job_name]:
            yield _doubled(f"copy {copy.job_name} is void: no page of it came out")
    yield from _unmarked(ledger.values(), out)


def _unmarked(copies: Iterable[Copy], out: Counter[str]) -> Iterator[Breach]:
    """Find second papers of a certificate for which no person asked."""
    by_serial: dict[str, list[Copy]] = {}
    for copy in sorted(copies, key=lambda copy: copy.number or 0):
        if copy.serial is not None and out[copy.job_name]:
            by_serial.setdefault(copy.serial, []).append(copy)
    for serial, printed in by_serial.items():
        for copy in printed[1:]:
            if not copy.reprint:
                yield _doubled(f"{serial} is printed again only as a reprint: {copy.job_name} is not marked")


def _bundle(_told: Told, books: Books) -> Iterator[Breach]:
    terminal = books.terminal
    for kind, key in sorted(_differing(terminal.resources, terminal.contents)):
        yield _lost(f"{kind} {key} is what its digest says")
    for kind, key in sorted(_differing(terminal.resources, books.centre.published)):
        yield _lost(f"the bundle at cursor {terminal.cursor} is whole: not {kind} {key}")


def _file(_told: Told, books: Books) -> Iterator[Breach]:
    if books.terminal.fault:
        yield _lost(f"the database is sound: {books.terminal.fault}")
    for name in books.terminal.set_aside:
        yield _lost(f"no strike damages the database: {name} was set aside")
    for finding in books.centre.audit_findings:
        yield _lost(f"the audit log is whole: {finding}")


_CHECKS: tuple[Callable[[Told, Books], Iterator[Breach]], ...] = (
    _cases_said,
    _certificates_said,
    _what_was_written,
    _envelopes,
    _cases,
    _copies,
    _paper,
    _bundle,
    _file,
)


def _slips_in_the_tray(books: Books) -> list[str]:
    """Return the case number of every slip of which each page lies there."""
    out = Counter(sheet.job_name for sheet in books.paper.sheets)
    return [number for job, number in books.paper.slips.items() if out[job] and out[job] == books.paper.pages.get(job)]


def _differing(ones: Resources, others: Resources) -> set[tuple[str, str]]:
    return {name for name in ones.keys() | others.keys() if ones.get(name) != others.get(name)}


def _more_than_once(values: Iterable[T]) -> list[T]:
    return [value for value, count in Counter(values).items() if count > 1]


def _lost(promise: str) -> Breach:
    return Breach(Kind.LOST, promise)


def _doubled(promise: str) -> Breach:
    return Breach(Kind.DOUBLED, promise)
