"""The photo in DG2: out of its CBEFF and ISO 19794-5 blocks, as the JPEG or JPEG 2000 file that it is.

The newer block (ISO 39794-5, in documents from 2026 on) is not read: such a document has no photo here.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from devices.card_reader.api import CardGarbled
from devices.card_reader.emrtd import tlv

DG2, TEMPLATES, TEMPLATE, BLOCKS = 0x75, 0x7F61, 0x7F60, (0x5F2E, 0x7F2E)
FACE: Final = b"FAC\x00"
RECORD_HEADER, FACE_HEADER, FEATURE, IMAGE_HEADER = 14, 20, 8, 12
_FEATURES_AT: Final = 4  # in the face's header, after its length


class PhotoCoding(Enum):
    """How a photo is coded, by the first bytes of it; what the block says of it is sometimes wrong."""

    JPEG = "image/jpeg"
    JPEG_2000 = "image/jp2"


_SIGNATURES: Final = {
    b"\xff\xd8\xff": PhotoCoding.JPEG,
    b"\x00\x00\x00\x0cjP  \r\n\x87\n": PhotoCoding.JPEG_2000,
    b"\xff\x4f\xff\x51": PhotoCoding.JPEG_2000,  # a bare code stream
}


@dataclass(frozen=True, slots=True)
class Portrait:
    """A photo and its coding."""

    coding: PhotoCoding
    photo: bytes = field(repr=False)


def portrait(content: bytes) -> Portrait | None:
    """Return the first photo of DG2, or None when its block is of another kind. Raises ``CardGarbled``."""
    templates = tlv.inside(tlv.inside(content, DG2), TEMPLATES)
    for tag, block in tlv.objects(tlv.first(templates, TEMPLATE)):
        if tag in BLOCKS:
            return _portrait(block) if block.startswith(FACE) else None
    raise CardGarbled("DG2: no block")


def coding_of(photo: bytes) -> PhotoCoding | None:
    """Tell how a photo is coded; None when it is neither."""
    return next((coding for signature, coding in _SIGNATURES.items() if photo.startswith(signature)), None)


def _portrait(block: bytes) -> Portrait:
    face = block[RECORD_HEADER:]
    size = int.from_bytes(face[:_FEATURES_AT], "big")
    features = int.from_bytes(face[_FEATURES_AT : _FEATURES_AT + 2], "big")
    begin = FACE_HEADER + features * FEATURE + IMAGE_HEADER
    if not begin < size <= len(face):
        raise CardGarbled("DG2: lengths")
    photo = face[begin:size]
    coding = coding_of(photo)
    if coding is None:
        raise CardGarbled("DG2: coding of the photo")
    return Portrait(coding, photo)
