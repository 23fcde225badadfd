"""Numbers of IPP as the standards list them (RFC 8010 and 8011, PWG 5100.x); no behaviour."""

from enum import IntEnum


class Group(IntEnum):
    """Delimiter tags (RFC 8010, 3.5.1)."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04
    UNSUPPORTED = 0x05
    SUBSCRIPTION = 0x06
    EVENT = 0x07
    RESOURCE = 0x08
    DOCUMENT = 0x09
    SYSTEM = 0x0A


class Tag(IntEnum):
    """Value tags (RFC 8010, 3.5.2). A number not listed here is kept as ``OTHER``: octets of no known kind."""

    FIRST = 0x10
    UNSUPPORTED = 0x10
    UNKNOWN = 0x12
    NO_VALUE = 0x13
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTETS = 0x30
    DATE = 0x31
    RESOLUTION = 0x32
    RANGE = 0x33
    BEGIN_COLLECTION = 0x34
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    END_COLLECTION = 0x37
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    URI_SCHEME = 0x46
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME = 0x49
    MEMBER_NAME = 0x4A
    OTHER = 0x7F

    @classmethod
    def _missing_(cls, value: object) -> "Tag":  # noqa: ARG003 - asked for by Enum
        return cls.OTHER

    @property
    def out_of_band(self) -> bool:
        """Says that there is no value, and why."""
        return self < Tag.INTEGER

    @property
    def is_text(self) -> bool:
        """Carries characters (UTF-8 here: this project asks for no other charset)."""
        return Tag.TEXT <= self <= Tag.MEMBER_NAME


class Operation(IntEnum):
    """Operations that are spoken here (RFC 8011, 5.4.15)."""

    PRINT_JOB = 0x0002
    VALIDATE_JOB = 0x0004
    CREATE_JOB = 0x0005
    SEND_DOCUMENT = 0x0006
    CANCEL_JOB = 0x0008
    GET_JOB_ATTRIBUTES = 0x0009
    GET_JOBS = 0x000A
    GET_PRINTER_ATTRIBUTES = 0x000B
    IDENTIFY_PRINTER = 0x003C
    CANCEL_MY_JOBS = 0x0039
    CLOSE_JOB = 0x003B


class Status(IntEnum):
    """Status codes that are spoken here (RFC 8011, appendix B)."""

    OK = 0x0000
    BAD_REQUEST = 0x0400
    NOT_POSSIBLE = 0x0404
    NOT_FOUND = 0x0406
    DOCUMENT_FORMAT_NOT_SUPPORTED = 0x040A
    OPERATION_NOT_SUPPORTED = 0x0501
    NOT_ACCEPTING_JOBS = 0x0506
    BUSY = 0x0507


class JobState(IntEnum):
    """``job-state`` (RFC 8011, 5.3.7)."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9

    @property
    def ended(self) -> bool:
        """Nothing more will happen to the job at the printer."""
        return self >= JobState.CANCELED


class PrinterState(IntEnum):
    """``printer-state`` (RFC 8011, 5.4.11)."""

    IDLE = 3
    PROCESSING = 4
    STOPPED = 5
