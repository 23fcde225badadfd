"""What can go wrong with documents before a camera."""

from typing import ClassVar

from devices.errors import DeviceError


class DocumentError(DeviceError):
    """A document could not be captured."""

    code: ClassVar[str] = "document.not_captured"


class TooLarge(DocumentError):
    """A page does not fit its budget at any quality that can still be read."""

    code: ClassVar[str] = "document.too_large"


class NotAnImage(DocumentError):
    """The bytes are no picture that can be read."""

    code: ClassVar[str] = "document.not_an_image"


class ReadingFailed(DocumentError):
    """The program that reads print is missing, failed, or took too long."""

    code: ClassVar[str] = "document.reading_failed"
