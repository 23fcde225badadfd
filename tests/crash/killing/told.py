"""What a citizen was told in one visit: read off the glass as it is looked at, and what they answered. Pure."""

from dataclasses import dataclass, field

from demo.glass import Seen
from wire.case import check_case_number

_KEPT = "申请已保存"
_SLIP = "请取走受理通知书"
_FOUND_INCOMPLETE = "printer.found_incomplete"


@dataclass(slots=True)
class Told:
    """Each of these has to be true for good, whatever was struck afterwards.

    ``before``: cases that were given before this visit. ``cases``: numbers given. ``kept``: "your application is kept"
    stood there, with or without a number. ``slips``: numbers whose slip was said to lie in the tray. ``certificates``:
    serials said to be printed. ``tracked``: numbers of cases that were shown. ``settled``: serials of copies about
    which an answer was taken: whole, or not.
    """

    before: frozenset[str] = frozenset()
    cases: set[str] = field(default_factory=set)
    kept: bool = False
    slips: set[str] = field(default_factory=set)
    certificates: set[str] = field(default_factory=set)
    tracked: set[str] = field(default_factory=set)
    settled: dict[str, bool] = field(default_factory=dict)
    _asked: str | None = None
    _answer: bool | None = None

    def read(self, seen: Seen) -> None:
        """Take note of what stands on the glass."""
        reference = seen.facts.get("reference", "").replace(" ", "")
        texts = "".join(seen.texts)
        match seen.view:
            case "Waiting" if _KEPT in texts:
                self.kept = True
            case "Delivered" if check_case_number(reference):
                self.cases.add(reference)
                self.slips |= {reference} if _SLIP in texts else set()
            case "Delivered" if reference:
                self.certificates.add(reference)
            case "CaseProgress":
                self.tracked.add(reference)
            case "PaperCheck":
                self._asked = reference
        went_on = seen.view == "Delivered" or seen.facts.get("problem") == _FOUND_INCOMPLETE
        if went_on and self._asked is not None and self._answer is not None:
            self.settled[self._asked] = self._answer
            self._asked = self._answer = None

    def answering(self, *, complete: bool) -> None:
        """Note what the citizen is about to answer; it counts when the next screen shows that it was taken."""
        self._answer = complete
