"""What a printer's state reasons mean to a person: which of them stop a job, and the code each is told by."""

from collections.abc import Iterable, Iterator

from devices.printer.api import PrinterMissing, PrinterReady, PrinterStatus, PrinterStopped, Supplies
from devices.printer.ipp_client import PrinterWord
from devices.printer.ipp_tags import PrinterState

_CODES = {
    "media-empty": "printer.out_of_paper",
    "media-needed": "printer.out_of_paper",
    "media-jam": "printer.jammed",
    "cover-open": "printer.cover_open",
    "door-open": "printer.cover_open",
    "interlock-open": "printer.cover_open",
    "input-tray-missing": "printer.cover_open",
    "toner-empty": "printer.out_of_toner",
    "marker-supply-empty": "printer.out_of_toner",
    "developer-empty": "printer.out_of_toner",
    "output-area-full": "printer.output_full",
    "output-tray-missing": "printer.output_full",
    "paused": "printer.paused",
    "moving-to-paused": "printer.paused",
    "shutdown": "printer.unavailable",
    "timed-out": "printer.unavailable",
    "connecting-to-device": "printer.unavailable",
    "job-canceled-by-user": "printer.cancelled",
    "job-canceled-by-operator": "printer.cancelled",
    "job-canceled-at-device": "printer.cancelled",
    "document-format-error": "printer.refused",
    "document-unprintable-error": "printer.refused",
    "unsupported-document-format": "printer.refused",
}
"""printer-state-reasons (RFC 8011, 5.4.12) and job-state-reasons (5.3.8, PWG 5100.13), without severity."""

SILENT = "timed-out"
"""The reason that stands in progress reports while the printer does not answer at all."""


def split(reasons: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Part printer-state-reasons into those that stop a job and those that only warn.

    A reason without severity is an error by RFC 8011, 5.4.12; only those that a job cannot get past count,
    for printers send odd keywords without meaning harm by them.
    """
    stopping, warning = [], []
    for reason in reasons:
        base, _, severity = reason.rpartition("-")
        if severity not in {"error", "warning", "report"}:
            base, severity = reason, "error"
        if severity == "error" and (base in _CODES or reason.endswith("-error")):
            stopping.append(reason)
        elif reason != "none":
            warning.append(reason)
    return tuple(stopping), tuple(warning)


def code_of(reasons: Iterable[str], otherwise: str = "printer.fault") -> str:
    """Return the code of the first reason that has one."""
    for reason in reasons:
        for name in (reason, reason.rpartition("-")[0]):
            if name in _CODES:
                return _CODES[name]
    return otherwise


def status_of(
    word: PrinterWord | None, supplies: Supplies | None = None, size_mm: tuple[int, int] | None = None
) -> PrinterStatus:
    """Return the status that a printer's word amounts to; None stands for silence.

    What runs short by ``supplies`` is a warning too, where the printer does not say so itself; and so is that
    paper of ``size_mm`` lies in none of its trays.
    """
    if word is None:
        return PrinterMissing()
    stopping, warnings = split(word.reasons)
    if stopping or word.state is PrinterState.STOPPED or not word.accepting:
        return PrinterStopped(stopping or word.reasons)
    return PrinterReady((*warnings, *_shortages(supplies or Supplies(), size_mm, " ".join(warnings))))


def _shortages(supplies: Supplies, size_mm: tuple[int, int] | None, told: str) -> Iterator[str]:
    if supplies.low_markers and not any(word in told for word in ("toner-low", "marker-supply-")):
        yield "marker-supply-low-warning"
    if supplies.low_inputs and "media-low" not in told:
        yield "media-low-warning"
    if supplies.full_outputs and "output-area-" not in told:
        yield "output-area-full-warning"
    if size_mm is not None and not _lies_ready(supplies, size_mm) and "media-needed" not in told:
        yield "media-needed-warning"


def _lies_ready(supplies: Supplies, size_mm: tuple[int, int]) -> bool:
    """Whether some tray has that paper, or the trays do not tell."""
    known = [one.size_mm for one in supplies.inputs if one.size_mm is not None]
    return not known or any(abs(one[0] - size_mm[0]) <= 1 and abs(one[1] - size_mm[1]) <= 1 for one in known)
