"""What the virtual printer says it can do: the attributes IPP Everywhere (PWG 5100.14) asks for. Data only."""

from dataclasses import dataclass

from devices.printer.ipp import Attributes, Collection, Range, Resolution, Value, Values, make
from devices.printer.ipp_tags import Operation, Tag


@dataclass(frozen=True, slots=True)
class VirtualPaper:
    """What lies in the printer. ``size``: width and length in hundredths of a millimetre (PWG 5101.1).

    ``most``: for a roll, the longest piece it cuts; the names of its limits are then supported too.
    """

    media: str
    size: tuple[int, int]
    margin: int
    most: int | None = None


A4 = VirtualPaper("iso_a4_210x297mm", (21000, 29700), 423)
ROLL_80 = VirtualPaper("custom_roll_80x200mm", (8000, 20000), 0, most=200000)

OPERATIONS = (
    Operation.PRINT_JOB,
    Operation.VALIDATE_JOB,
    Operation.CREATE_JOB,
    Operation.SEND_DOCUMENT,
    Operation.CANCEL_JOB,
    Operation.GET_JOB_ATTRIBUTES,
    Operation.GET_JOBS,
    Operation.GET_PRINTER_ATTRIBUTES,
    Operation.CLOSE_JOB,
)

_DPI = make(Tag.RESOLUTION, Resolution(300, 300))


def _each(tag: Tag, **plains: str) -> Attributes:
    return {name.replace("_", "-"): make(tag, *values.split()) for name, values in plains.items()}


_FIXED: Attributes = {
    **_each(
        Tag.KEYWORD,
        compression_supported="none",
        identify_actions_default="sound",
        identify_actions_supported="sound",
        ipp_features_supported="ipp-everywhere",
        ipp_versions_supported="1.1 2.0",
        job_creation_attributes_supported="copies media media-col orientation-requested print-quality sides",
        media_col_supported="media-size media-bottom-margin media-left-margin media-right-margin media-top-margin"
        " media-source media-type",
        media_source_supported="main",
        media_type_supported="stationery",
        multiple_document_handling_supported="separate-documents-uncollated-copies",
        output_bin_default="face-down",
        output_bin_supported="face-down",
        overrides_supported="pages document-numbers",
        pdl_override_supported="attempted",
        print_color_mode_default="monochrome",
        print_color_mode_supported="monochrome",
        print_content_optimize_supported="auto",
        print_scaling_default="none",
        print_scaling_supported="none auto fit",
        pwg_raster_document_sheet_back="normal",
        pwg_raster_document_type_supported="sgray_8",
        sides_default="one-sided",
        sides_supported="one-sided",
        uri_authentication_supported="none",
        uri_security_supported="none",
        urf_supported="V1.4 W8 RS300 CP1",
        which_jobs_supported="completed not-completed all",
    ),
    "charset-configured": make(Tag.CHARSET, "utf-8"),
    "charset-supported": make(Tag.CHARSET, "utf-8"),
    "color-supported": make(Tag.BOOLEAN, False),  # noqa: FBT003 - a value of an attribute, not a switch
    "copies-default": make(Tag.INTEGER, 1),
    "copies-supported": make(Tag.RANGE, Range(1, 99)),
    "finishings-default": make(Tag.ENUM, 3),
    "finishings-supported": make(Tag.ENUM, 3),
    "generated-natural-language-supported": make(Tag.LANGUAGE, "en"),
    "job-ids-supported": make(Tag.BOOLEAN, True),  # noqa: FBT003 - a value of an attribute, not a switch
    "multiple-operation-time-out": make(Tag.INTEGER, 60),
    "natural-language-configured": make(Tag.LANGUAGE, "en"),
    "operations-supported": make(Tag.ENUM, *OPERATIONS),
    "orientation-requested-default": make(Tag.ENUM, 3),
    "orientation-requested-supported": make(Tag.ENUM, 3, 4, 5, 6),
    "pages-per-minute": make(Tag.INTEGER, 30),
    "print-quality-default": make(Tag.ENUM, 4),
    "print-quality-supported": make(Tag.ENUM, 3, 4, 5),
    "printer-info": make(Tag.TEXT, "virtual printer"),
    "printer-location": make(Tag.TEXT, ""),
    "printer-make-and-model": make(Tag.TEXT, "Bianmin Virtual"),
    "printer-name": make(Tag.NAME, "virtual"),
    "printer-resolution-default": _DPI,
    "printer-resolution-supported": _DPI,
    "pwg-raster-document-resolution-supported": _DPI,
}


def fixed(paper: VirtualPaper) -> Attributes:
    """Return what never changes, of a printer with this paper."""
    margin = make(Tag.INTEGER, paper.margin)
    width, length = (make(Tag.INTEGER, side) for side in paper.size)
    ready = _medium(width, length, margin)
    lengths = length if paper.most is None else make(Tag.RANGE, Range(2000, paper.most))
    sizes = [{"x-dimension": width, "y-dimension": lengths}]
    names = [paper.media]
    if paper.most is not None:
        sizes.append({"x-dimension": width, "y-dimension": length})
        names += [f"custom_min_{paper.size[0] // 100}x20mm", f"custom_max_{paper.size[0] // 100}x{paper.most // 100}mm"]
    return {
        **_FIXED,
        **{f"media-{side}-margin-supported": margin for side in ("bottom", "left", "right", "top")},
        "media-default": make(Tag.KEYWORD, paper.media),
        "media-ready": make(Tag.KEYWORD, paper.media),
        "media-supported": make(Tag.KEYWORD, *names),
        "media-col-database": make(
            Tag.BEGIN_COLLECTION, *(_medium(size["x-dimension"], size["y-dimension"], margin) for size in sizes)
        ),
        "media-col-default": make(Tag.BEGIN_COLLECTION, ready),
        "media-col-ready": make(Tag.BEGIN_COLLECTION, ready),
        "media-size-supported": make(Tag.BEGIN_COLLECTION, *sizes),
    }


def filled_with(toner_percent: int, sheets: int, capacity: int, room: int) -> Attributes:
    """Return what it says of its supplies, in both vocabularies (see ``devices/printer/supplies.py``).

    ``room``: sheets that still fit into its output; -3 for some.
    """
    toner = f"index=1;class=supplyThatIsConsumed;type=toner;unit=percent;maxcapacity=100;level={toner_percent};"
    tray = f"type=sheetFeedAutoRemovableTray;maxcapacity={capacity};level={sheets};status=0;name=main;"
    output = f"type=unRemovableBin;maxcapacity=100;remaining={room};status=0;name=face-down;"
    return {
        "marker-levels": make(Tag.INTEGER, toner_percent),
        "marker-low-levels": make(Tag.INTEGER, 15),
        "marker-high-levels": make(Tag.INTEGER, 100),
        "marker-names": make(Tag.NAME, "Black toner"),
        "marker-types": make(Tag.KEYWORD, "toner-cartridge"),
        "marker-colors": make(Tag.NAME, "#000000"),
        "printer-supply": make(Tag.OCTETS, f"{toner}colorantname=black;".encode()),
        "printer-supply-description": make(Tag.TEXT, "Black toner"),
        "printer-input-tray": make(Tag.OCTETS, tray.encode()),
        "printer-output-tray": make(Tag.OCTETS, output.encode()),
    }


def _medium(width: Values, length: Values, margin: Values) -> Collection:
    size = {"x-dimension": width, "y-dimension": length}
    return {
        "media-size": (Value(Tag.BEGIN_COLLECTION, size),),
        **{f"media-{side}-margin": margin for side in ("bottom", "left", "right", "top")},
        "media-source": make(Tag.KEYWORD, "main"),
        "media-type": make(Tag.KEYWORD, "stationery"),
    }
