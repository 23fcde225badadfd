"""One copy of a certificate on its way to paper: its states, and what can follow what. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from wire.messages import PrintSettler


class CopyState(StrEnum):
    """Where a copy is."""

    RESERVED = "reserved"  # about to be asked for; no serial yet
    ISSUED = "issued"  # the centre made it
    SPOOLED = "spooled"  # about to be handed to the spooler
    PRINTING = "printing"  # the printer reported a page
    DELIVERED = "delivered"  # every page lies in the tray
    VOID = "void"  # no page does, or a person found it incomplete
    DOUBTFUL = "doubtful"  # nobody can say


class CopyEvent(StrEnum):
    """What can happen to a copy."""

    ISSUED = "issued"
    SPOOLED = "spooled"
    PAGE_OUT = "page_out"
    PRINTED = "printed"
    NOT_PRINTED = "not_printed"
    DOUBTED = "doubted"
    FOUND_COMPLETE = "found_complete"  # a person has every page of a doubtful copy
    FOUND_INCOMPLETE = "found_incomplete"  # a person has not


FINAL = frozenset({CopyState.DELIVERED, CopyState.VOID, CopyState.DOUBTFUL})
_AT_THE_PRINTER = frozenset({CopyState.SPOOLED, CopyState.PRINTING})


class OutOfOrder(Exception):
    """A copy was told something that cannot follow its state: a mistake of the program; nothing was changed."""


@dataclass(frozen=True, slots=True)
class PrintCopy:
    """A row of the ledger. ``copy_number`` counts the copies of one serial from 1; ``problem`` is a code.

    ``reprint``: paper of an earlier copy may be in somebody's hands. ``settled_by``: who decided a doubtful one.
    """

    job_name: str
    item: str
    serial: str | None
    copy_number: int | None
    state: CopyState
    impressions: int | None
    problem: str | None
    reserved_at: datetime
    changed_at: datetime
    reprint: bool = False
    settled_by: PrintSettler | None = None

    @property
    def may_lie_on_paper(self) -> bool:
        """Whether pages of it may have come out; not so where the printer itself said that none did."""
        return self.state is not CopyState.VOID or self.settled_by is not None


def step(state: CopyState, event: CopyEvent) -> CopyState:
    """Return the state after an event. Raises :class:`OutOfOrder`.

    A final state takes its own event again (recovery may ask twice) and a late page; a doubtful copy is decided by a
    person. Nothing else.
    """
    match event:
        case CopyEvent.ISSUED:
            before, after = frozenset({CopyState.RESERVED}), CopyState.ISSUED
        case CopyEvent.SPOOLED:
            before, after = frozenset({CopyState.ISSUED}), CopyState.SPOOLED
        case CopyEvent.PAGE_OUT:
            before, after = _AT_THE_PRINTER | FINAL, state if state in FINAL else CopyState.PRINTING
        case CopyEvent.PRINTED:
            before, after = _AT_THE_PRINTER | {CopyState.DELIVERED}, CopyState.DELIVERED
        case CopyEvent.NOT_PRINTED:
            before, after = frozenset(CopyState) - {CopyState.DELIVERED, CopyState.DOUBTFUL}, CopyState.VOID
        case CopyEvent.DOUBTED:
            before, after = _AT_THE_PRINTER | {CopyState.DOUBTFUL}, CopyState.DOUBTFUL
        case CopyEvent.FOUND_COMPLETE:
            before, after = frozenset({CopyState.DOUBTFUL}), CopyState.DELIVERED
        case CopyEvent.FOUND_INCOMPLETE:
            before, after = frozenset({CopyState.DOUBTFUL}), CopyState.VOID
        case _:
            assert_never(event)
    if state not in before:
        raise OutOfOrder(f"{event} cannot follow {state}")
    return after
