"""What a printer is filled with, read from both vocabularies, and nothing that a printer may send is an error."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.printer.api import InputTray, Marker, OutputTray, PrinterReady, Supplies
from devices.printer.identity import ATTRIBUTES as OF_IDENTITY
from devices.printer.identity import Identity, identity_of
from devices.printer.ipp import Attributes, Plain, Range, Resolution, Value, decode, encode, make
from devices.printer.ipp import Message as IppMessage
from devices.printer.ipp_client import PrinterWord, job_of, word_of
from devices.printer.ipp_tags import Group, JobState, PrinterState, Tag
from devices.printer.media import A4, size_of
from devices.printer.reasons import status_of
from devices.printer.supplies import ATTRIBUTES, MOST, in_words, supplies_of

IDLE = PrinterWord(PrinterState.IDLE, ("none",), accepting=True, up_time_s=1)


def octets(*texts: str) -> tuple[Value, ...]:
    return make(Tag.OCTETS, *(text.encode() for text in texts))


def medium(source: str, width: int, length: int) -> Plain:
    size = {"x-dimension": make(Tag.INTEGER, width), "y-dimension": make(Tag.INTEGER, length)}
    return {"media-size": make(Tag.BEGIN_COLLECTION, size), "media-source": make(Tag.KEYWORD, source)}


def markers(levels: list[int], **lists: list[int]) -> Attributes:
    more = {f"marker-{name}-levels": make(Tag.INTEGER, *values) for name, values in lists.items()}
    return {"marker-levels": make(Tag.INTEGER, *levels), **more}


@pytest.mark.parametrize(
    ("told", "percent", "low"),
    [
        (markers([60], low=[15]), 60, False),
        (markers([15], low=[15]), 15, True),
        (markers([16], low=[15]), 16, False),
        (markers([10]), 10, True),  # no level of its own: ours
        (markers([11]), 11, False),
        (markers([0]), 0, True),
        (markers([-1]), None, False),
        (markers([-2], low=[15]), None, False),
        (markers([-3], low=[15]), None, False),
        (markers([101]), None, False),
        (markers([-(2**31)]), None, False),
        (markers([50], low=[-2]), 50, False),
    ],
)
def test_marker_levels(told: Attributes, percent: int | None, low: bool) -> None:  # noqa: FBT001 - a table
    """Low is at or below the printer's own level; unknown, some left and nonsense are None and never low."""
    assert supplies_of(told).markers == (Marker("marker 1", "", percent, low=low),)


def test_markers_belong_together_by_place() -> None:
    """Names, kinds and levels are parallel lists; a waste box with a high level counts what is in it."""
    told = {
        **markers([7, 80], low=[5, 0], high=[100, 90]),
        "marker-names": make(Tag.NAME, "Black", "Waste"),
        "marker-types": make(Tag.KEYWORD, "toner-cartridge", "waste-toner"),
    }
    assert supplies_of(told).markers == (
        Marker("Black", "toner-cartridge", 7, low=False),
        Marker("Waste", "waste-toner", 20, low=False),
    )
    full = supplies_of({**told, "marker-levels": make(Tag.INTEGER, 5, 90)})
    assert [one.low for one in full.markers] == [True, True]
    assert full.short == ("Black", "Waste")


def test_printer_supply() -> None:
    """Capacity and level make per cent (PWG 5100.13, RFC 3805); the description names it."""
    told = {
        "printer-supply": octets(
            "index=1;class=receptacleThatIsFilled;type=wasteToner;unit=percent;maxcapacity=100;level=25;colorantname=unknown;",
            "index=2;class=supplyThatIsConsumed;type=toner;unit=tenthsOfGrams;maxcapacity=3000;level=90;colorantname=black",
            "type=drum;maxcapacity=-2;level=-3;",
            "type=ink;unit=percent;level=33;colorantname=cyan;",
        ),
        "printer-supply-description": make(Tag.TEXT, "Waste box"),
    }
    assert supplies_of(told).markers == (
        Marker("Waste box", "wasteToner", 25, low=False),
        Marker("black toner", "toner", 3, low=True),
        Marker("drum", "drum", None, low=False),
        Marker("cyan ink", "ink", 33, low=False),
    )


def test_trays() -> None:
    """Sheets and capacity come from the tray, its size from the ready medium of the same source."""
    told = {
        "printer-input-tray": octets(
            "type=sheetFeedAutoRemovableTray;maxcapacity=-2;level=-2;status=0;name=auto",
            "type=sheetFeedAutoRemovableTray;maxcapacity=250;level=25;status=0;name=Tray 1;",
            "type=sheetFeedManual;maxcapacity=1;level=-2;status=0;name=manual",
            "type=other;maxcapacity=50;level=0;",
        ),
        "media-col-ready": make(Tag.BEGIN_COLLECTION, medium("tray-1", 21000, 29700), medium("tray-9", 1, 1)),
        "printer-output-tray": octets(
            "type=unRemovableBin;maxcapacity=100;remaining=-3;name=top;", "maxcapacity=20;remaining=0;name=side"
        ),
    }
    supplies = supplies_of(told)
    assert supplies.inputs == (
        InputTray("Tray 1", (210, 297), 25, 250, low=True),
        InputTray("manual", None, None, 1, low=False),
        InputTray("tray 4", None, 0, 50, low=True),
    )
    assert supplies.outputs == (OutputTray("top", None, 100, full=False), OutputTray("side", 0, 20, full=True))
    assert supplies.short == ("Tray 1", "tray 4", "side")
    assert status_of(IDLE, supplies) == PrinterReady(("media-low-warning", "output-area-full-warning"))
    assert in_words(supplies) == "Tray 1 25/250!, manual ?/1, tray 4 0/50!, side full!"


@pytest.mark.parametrize(
    ("trays", "low"),
    [
        ([InputTray("a", (210, 297), 5, 250, low=True), InputTray("b", (210, 297), 200, 250, low=False)], ()),
        ([InputTray("a", (210, 297), 5, 250, low=True), InputTray("b", (148, 210), 200, 250, low=False)], ("a",)),
        ([InputTray("by-pass", None, 0, 50, low=True), InputTray("b", (210, 297), 200, 250, low=False)], ()),
        ([InputTray("by-pass", None, 0, 50, low=True), InputTray("b", (210, 297), None, 250, low=False)], ("by-pass",)),
    ],
)
def test_an_empty_tray_is_no_shortage_where_another_serves(trays: list[InputTray], low: tuple[str, ...]) -> None:
    """An empty by-pass tray, as nearly every printer has, warns nobody as long as paper of that size lies elsewhere."""
    assert Supplies(inputs=tuple(trays)).short == low


@pytest.mark.parametrize(
    ("reasons", "warnings"),
    [
        (("none",), ("marker-supply-low-warning",)),
        (("toner-low-warning",), ("toner-low-warning",)),
        (("marker-supply-low-report",), ("marker-supply-low-report",)),
    ],
)
def test_a_shortage_is_a_warning_once(reasons: tuple[str, ...], warnings: tuple[str, ...]) -> None:
    """What the printer warns of itself is not said again."""
    short = Supplies(markers=(Marker("Black", "toner", 3, low=True),))
    assert status_of(replace(IDLE, reasons=reasons), short) == PrinterReady(warnings)


@pytest.mark.parametrize(
    ("sizes", "warnings"),
    [
        ([(210, 297)], ()),
        ([(148, 210), (209, 298)], ()),
        ([(216, 279), None], ("media-needed-warning",)),
        ([None], ()),
        ([], ()),
    ],
)
def test_the_wrong_paper_is_a_warning(sizes: list[tuple[int, int] | None], warnings: tuple[str, ...]) -> None:
    """A printer that tells its trays' sizes, none of them A4, would stop at the first job: that is seen before."""
    trays = tuple(InputTray("x", size, None, None, low=False) for size in sizes)
    assert status_of(IDLE, Supplies(inputs=trays), A4.size_mm) == PrinterReady(warnings)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("iso_a4_210x297mm", (210, 297)),
        ("na_letter_8.5x11in", (216, 279)),
        ("custom_80x143mm_80x143mm", (80, 143)),
        ("choice_iso_a4_210x297mm_na_letter_8.5x11in", (216, 279)),
        ("a4", None),
        ("iso_a4_210x297", None),
        ("", None),
    ],
)
def test_names_tell_sizes(name: str, size: tuple[int, int] | None) -> None:
    """A self-describing name ends with the size (PWG 5101.1)."""
    assert size_of(name) == size


def test_only_names_ready() -> None:
    """A printer that tells the names of its paper and nothing else has a tray for each size."""
    told = {"media-ready": make(Tag.KEYWORD, "iso_a4_210x297mm", "unheard-of")}
    assert supplies_of(told).inputs == (InputTray("iso_a4_210x297mm", (210, 297), None, None, low=False),)


def test_only_media_ready() -> None:
    """A printer that tells its paper and no trays has a tray for each source."""
    told = {"media-col-ready": make(Tag.BEGIN_COLLECTION, medium("main", 8000, 20000))}
    assert supplies_of(told).inputs == (InputTray("main", (80, 200), None, None, low=False),)
    assert supplies_of({}) == Supplies()


@pytest.mark.parametrize(
    ("told", "identity"),
    [
        ({"printer-device-id": make(Tag.TEXT, "MFG:A;MDL:B;SN:X1 ;CMD:PDF")}, Identity(serial="X1")),
        ({"printer-device-id": make(Tag.TEXT, "MFG:A;SERN:X2")}, Identity(serial="X2")),
        ({"printer-serial-number": octets("X3")}, Identity(serial="X3")),
        ({"printer-uuid": make(Tag.URI, "urn:uuid:00000000-0000-0000-0000-000000000000")}, Identity()),
        ({"printer-uuid": make(Tag.INTEGER, 3), "printer-make-and-model": make(Tag.NO_VALUE, None)}, Identity()),
        ({"printer-make-and-model": make(Tag.TEXT, "A\n\x1b[2J B" + "x" * 99)}, Identity(model="A  [2J B" + "x" * 40)),
    ],
)
def test_identity(told: Attributes, identity: Identity) -> None:
    """Serial number, uuid and model are taken where they are told, fit for a log."""
    assert identity_of(told) == identity


def test_another_printer() -> None:
    """The first thing that both tell decides: a new network card gives the same machine a new uuid."""
    one = Identity("S1", "urn:1", "M")
    assert Identity("S2", "urn:1", "M").is_another(one)
    assert not Identity("S1", "urn:2", "M").is_another(one)
    assert Identity("", "urn:2", "M").is_another(one)
    assert not Identity("", "", "M").is_another(one)
    assert Identity("", "", "N").is_another(one)
    assert not Identity().is_another(one)


_int32 = st.integers(-(2**31), 2**31 - 1)
_text = st.text(max_size=300) | st.sampled_from(["media-empty-error", "none", "type=toner;level=9999999999999;", "="])
_plain: st.SearchStrategy[Value] = st.one_of(
    st.builds(Value, st.sampled_from([Tag.INTEGER, Tag.ENUM]), _int32),
    st.builds(Value, st.just(Tag.BOOLEAN), st.booleans()),
    st.builds(Value, st.sampled_from([Tag.TEXT, Tag.NAME, Tag.KEYWORD, Tag.URI]), _text),
    st.builds(Value, st.sampled_from([Tag.OCTETS, Tag.DATE, Tag.NAME_WITH_LANGUAGE]), st.binary(max_size=99)),
    st.builds(Value, st.just(Tag.OCTETS), _text.map(str.encode)),
    st.builds(Value, st.just(Tag.RANGE), st.builds(Range, _int32, _int32)),
    st.builds(Value, st.just(Tag.RESOLUTION), st.builds(Resolution, _int32, _int32, st.sampled_from([3, 4]))),
    st.builds(Value, st.sampled_from([Tag.NO_VALUE, Tag.UNKNOWN, Tag.UNSUPPORTED]), st.none()),
)
_members = st.sampled_from(["media-size", "x-dimension", "y-dimension", "media-source", "other"])
_values = st.recursive(
    _plain,
    lambda inner: st.builds(
        Value,
        st.just(Tag.BEGIN_COLLECTION),
        st.dictionaries(_members, st.lists(inner, min_size=1, max_size=2).map(tuple), max_size=4),
    ),
    max_leaves=6,
)
_NAMES = (
    *ATTRIBUTES,
    *OF_IDENTITY,
    *("printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "printer-up-time"),
    *("printer-impressions-completed", "job-id", "job-state", "job-state-reasons", "job-impressions"),
    *("job-impressions-completed", "job-media-sheets-completed", "time-at-processing"),
)
_hostile = st.dictionaries(st.sampled_from(_NAMES), st.lists(_values, min_size=1, max_size=4).map(tuple), max_size=8)


@given(_hostile)
def test_a_hostile_printer_is_read_all_the_same(told: Attributes) -> None:
    """Wrong types, huge, negative and out-of-band values, control characters: a status, never an exception."""
    sent = decode(encode(IppMessage(0, 1, ((Group.PRINTER, told),)))).group(Group.PRINTER)
    supplies = supplies_of(sent)
    word, job = word_of(sent, supplies), job_of(sent)
    assert all(one.percent is None or 0 <= one.percent <= 100 for one in supplies.markers)
    assert all(one.sheets is None or one.sheets >= 0 for one in supplies.inputs)
    assert in_words(supplies).isprintable()
    assert str(word.identity).isprintable()
    assert status_of(word) is not None
    assert all(reason.isprintable() and len(reason) <= 48 for reason in (*word.reasons, *job.reasons))
    assert job.state in JobState
    assert word.state in PrinterState
    assert min(job.impressions or 0, job.expected or 0, word.up_time_s or 0, word.pages_ever or 0) >= 0


def test_endless_lists_end() -> None:
    """A printer with thousands of trays has some."""
    told = {
        "printer-input-tray": octets(*["level=1;"] * 5000),
        "marker-levels": make(Tag.INTEGER, *range(5000)),
        "printer-state-reasons": make(Tag.KEYWORD, *["x"] * 5000),
    }
    supplies = supplies_of(told)
    assert len(supplies.inputs) == len(supplies.markers) == MOST
    assert len(word_of(told).reasons) < 100


def test_a_job_of_an_unknown_state_is_under_way() -> None:
    """It is there: that it cannot be read is no proof that it was never printed."""
    job = job_of({"job-state": make(Tag.ENUM, 77), "job-id": make(Tag.TEXT, "x")})
    assert (job.state, job.number, job.began) == (JobState.PROCESSING, 0, None)


@pytest.mark.parametrize(
    ("counts", "impressions"),
    [((None, None), None), ((2, None), 2), ((None, 2), 2), ((0, 3), 3), ((3, 2), 3), ((-1, -2), None)],
)
def test_sheets_count_where_impressions_do_not(counts: tuple[int | None, int | None], impressions: int | None) -> None:
    """On one side a sheet is an impression: the higher count is the word of a printer that counts only one of them."""
    told = {
        f"job-{what}-completed": make(Tag.INTEGER, count)
        for what, count in zip(("impressions", "media-sheets"), counts, strict=True)
        if count is not None
    }
    assert job_of(told).impressions == impressions
