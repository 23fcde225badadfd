"""What the virtual printer says it can do: the attributes IPP Everywhere (PWG 5100.14) asks for. Data only."""

from devices.printer.ipp import Attributes, Range, Resolution, Value, make
from devices.printer.ipp_tags import Operation, Tag

A4 = "iso_a4_210x297mm"
A4_SIZE = (21000, 29700)
"""Hundredths of a millimetre (PWG 5101.1)."""

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
_MARGIN = make(Tag.INTEGER, 423)
_MARGINS = {f"media-{side}-margin": _MARGIN for side in ("bottom", "left", "right", "top")}
_SIZE = {"x-dimension": make(Tag.INTEGER, A4_SIZE[0]), "y-dimension": make(Tag.INTEGER, A4_SIZE[1])}
_MEDIA = make(
    Tag.BEGIN_COLLECTION,
    {
        "media-size": (Value(Tag.BEGIN_COLLECTION, _SIZE),),
        **_MARGINS,
        "media-source": make(Tag.KEYWORD, "main"),
        "media-type": make(Tag.KEYWORD, "stationery"),
    },
)


def _each(tag: Tag, **plains: str) -> Attributes:
    return {name.replace("_", "-"): make(tag, *values.split()) for name, values in plains.items()}


FIXED: Attributes = {
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
        media_default=A4,
        media_ready=A4,
        media_source_supported="main",
        media_supported=A4,
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
    "media-bottom-margin-supported": _MARGIN,
    "media-col-database": _MEDIA,
    "media-col-default": _MEDIA,
    "media-col-ready": _MEDIA,
    "media-left-margin-supported": _MARGIN,
    "media-right-margin-supported": _MARGIN,
    "media-size-supported": make(Tag.BEGIN_COLLECTION, _SIZE),
    "media-top-margin-supported": _MARGIN,
    "multiple-operation-time-out": make(Tag.INTEGER, 60),
    "natural-language-configured": make(Tag.LANGUAGE, "en"),
    "operations-supported": make(Tag.ENUM, *OPERATIONS),
    "orientation-requested-default": make(Tag.ENUM, 3),
    "orientation-requested-supported": make(Tag.ENUM, 3, 4, 5, 6),
    "pages-per-minute": make(Tag.INTEGER, 30),
    "print-quality-default": make(Tag.ENUM, 4),
    "print-quality-supported": make(Tag.ENUM, 3, 4, 5),
    "printer-device-id": make(Tag.TEXT, "MFG:Bianmin;MDL:Virtual;CMD:PDF,PWGRaster;"),
    "printer-info": make(Tag.TEXT, "virtual printer"),
    "printer-location": make(Tag.TEXT, ""),
    "printer-make-and-model": make(Tag.TEXT, "Bianmin Virtual"),
    "printer-name": make(Tag.NAME, "virtual"),
    "printer-resolution-default": _DPI,
    "printer-resolution-supported": _DPI,
    "pwg-raster-document-resolution-supported": _DPI,
}
