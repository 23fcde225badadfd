"""Ferry files: what a terminal and the centre have for each other, as one sealed, signed file that somebody carries.

No archive: a flat run of records in frames. Written and read as a stream, so that 100,000 envelopes need the memory of
one frame. ``docs/ferry.md`` gives the format byte by byte.
"""

import hashlib
import secrets
import struct
from collections.abc import Callable, Iterator
from enum import IntEnum, StrEnum
from typing import Annotated, BinaryIO, ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import AwareDatetime, Field, StringConstraints, ValidationError

from wire.envelope import SUITE
from wire.errors import WireError
from wire.keys import SealingKey, Signer, key_id, sealing_public_key
from wire.model import Message

MAGIC = b"BIANMIN FERRY 1\n"
FRAME_BYTES = 256 * 1024  # a frame is closed when it has so much
MOST_RECORD_BYTES = 16 * 1024 * 1024  # the largest that the centre takes over a line, too
_MOST_FRAME_BYTES = FRAME_BYTES + MOST_RECORD_BYTES + 64
_MOST_HEAD_BYTES = 4096
_KEY_BYTES, _TAG_BYTES, _SIGNATURE_BYTES = 32, 16, 64
_LAST = 1 << 31
_LENGTH, _RECORD = struct.Struct(">I"), struct.Struct(">BI")
_CONTEXT = b"bianmin/ferry/1"

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,60}$")]


class FerryNotOurs(WireError):
    """A file is something else, or of a later version."""

    code: ClassVar[str] = "wire.ferry_not_ours"


class FerryDamaged(WireError):
    """A ferry file was changed, cut or lengthened."""

    code: ClassVar[str] = "wire.ferry_damaged"


class FerryForeign(WireError):
    """A ferry file is for somebody else."""

    code: ClassVar[str] = "wire.ferry_foreign"


class FerryForged(WireError):
    """A ferry file is whole, but not from whom it says."""

    code: ClassVar[str] = "wire.ferry_forged"


class Way(StrEnum):
    """Where a file goes: to the centre, or back to the terminal as the answer."""

    UP = "up"
    DOWN = "down"


class RecordKind(IntEnum):
    """What a record holds: JSON of a message, but for ``ENVELOPE`` (:func:`pack_envelope`).

    ``BUNDLE`` records are pieces of one SignedBundle's JSON.
    """

    ENVELOPE = 1
    HEARTBEAT = 2
    AUDIT_BATCH = 3
    PUSH_REPLY = 16
    BUNDLE = 17
    HEARTBEAT_REPLY = 18
    AUDIT_REPLY = 19


class Route(Message):
    """What may be read from outside. It is bound to seal and signature. ``receiver``: id of the key it is sealed to."""

    way: Way
    terminal: Name
    centre: Name
    receiver: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class Manifest(Message):
    """What is in a file, at its end. ``digest``: SHA-256 of all records.

    ``number`` counts a terminal's exports; for answers it grows with each. ``count``, ``first_sequence`` and
    ``last_sequence`` are of envelopes. ``cursor``: up to where the terminal had the centre's changes when it exported;
    the answer repeats it, with the export's number in ``answers``. ``reply_key``: what the answer is sealed to.
    """

    number: Annotated[int, Field(ge=1, lt=2**63)]
    created_at: AwareDatetime
    records: Annotated[int, Field(ge=0)]
    count: Annotated[int, Field(ge=0)] = 0
    first_sequence: Annotated[int, Field(ge=0)] = 0
    last_sequence: Annotated[int, Field(ge=0)] = 0
    digest: Annotated[bytes, Field(min_length=32, max_length=32)]
    cursor: Annotated[int, Field(ge=0, lt=2**63)] = 0
    answers: Annotated[int, Field(ge=0, lt=2**63)] = 0
    reply_key: bytes = b""


class FerryWriter:
    """Writes one file. What was written before :meth:`finish` is no ferry file yet."""

    def __init__(self, out: BinaryIO, way: Way, terminal: str, centre: str, *, receiver: bytes, signer: Signer) -> None:
        """``receiver``: public sealing key of 1216 bytes. Raises ValueError when it is none."""
        route = Route(way=way, terminal=terminal, centre=centre, receiver=key_id(receiver)).model_dump_json().encode()
        key = secrets.token_bytes(_KEY_BYTES)
        sealed = SUITE.encrypt(key, sealing_public_key(receiver), info=_CONTEXT + route)
        self._out, self._signer, self._aead = out, signer, AESGCM(key)
        self._transcript, self._records = hashlib.sha256(), hashlib.sha256()
        self._frame, self._frames, self.records = bytearray(), 0, 0
        self._write(MAGIC + _LENGTH.pack(len(route)) + route + _LENGTH.pack(len(sealed)) + sealed)

    def add(self, kind: RecordKind, content: bytes) -> None:
        """Append a record. Raises ValueError for one that is larger than :data:`MOST_RECORD_BYTES`."""
        if len(content) > MOST_RECORD_BYTES:
            raise ValueError("record is too large")
        record = _RECORD.pack(kind, len(content)) + content
        self._records.update(record)
        self._frame += record
        self.records += 1
        if len(self._frame) >= FRAME_BYTES:
            self._close_frame()

    def digest(self) -> bytes:
        """Return the SHA-256 of all records so far: what the manifest says."""
        return self._records.digest()

    def finish(self, manifest: Manifest) -> None:
        """Close the file with its manifest and the signature over everything."""
        if self._frame:
            self._close_frame()
        told = manifest.model_dump_json().encode()
        signature = self._signer.sign(_CONTEXT + self._transcript.digest() + told)
        sealed = self._aead.encrypt(_nonce(self._frames, last=True), told + signature, None)
        self._write(_LENGTH.pack(len(sealed) | _LAST) + sealed)

    def _close_frame(self) -> None:
        sealed = self._aead.encrypt(_nonce(self._frames, last=False), bytes(self._frame), None)
        self._write(_LENGTH.pack(len(sealed)) + sealed)
        self._frame.clear()
        self._frames += 1

    def _write(self, content: bytes) -> None:
        self._out.write(content)
        self._transcript.update(content)


class FerryFile:
    """Reads one file: first :attr:`route`, then :meth:`check` all of it, and only then :meth:`records`."""

    def __init__(self, file: BinaryIO) -> None:
        """``file`` must be seekable. Raises :class:`FerryNotOurs`, :class:`FerryDamaged`."""
        self._file = file
        if file.read(len(MAGIC)) != MAGIC:
            raise FerryNotOurs("no ferry file of this version")
        self._route, self._sealed_key = self._head(), self._head()
        self._aead: AESGCM | None = None
        self._begin = file.tell()
        self._digest = b""
        try:
            self.route = Route.model_validate_json(self._route)
        except ValidationError:
            raise FerryDamaged("route cannot be read") from None

    def check(self, key: SealingKey, signed_by: Callable[[bytes, bytes, Manifest], object]) -> Manifest:
        """Read everything once, and return the manifest. Nothing of the file was used before.

        ``signed_by(signature, signed, manifest)`` raises :class:`~wire.errors.SignatureWrong` where the sender's key
        did not sign. Raises :class:`FerryDamaged`.
        """
        try:
            session = SUITE.decrypt(self._sealed_key, key.for_hpke(), info=_CONTEXT + self._route)
            self._aead = AESGCM(session)
        except (InvalidTag, ValueError) as error:
            raise FerryDamaged("seal is broken") from error
        transcript = hashlib.sha256(
            MAGIC + _LENGTH.pack(len(self._route)) + self._route
            + _LENGTH.pack(len(self._sealed_key)) + self._sealed_key
        )  # fmt: skip
        digest, count, envelopes = hashlib.sha256(), 0, 0
        for plain, raw in self._frames():
            if raw is None:
                break
            transcript.update(raw)
            digest.update(plain)
            for kind, _ in _split(plain):
                count += 1
                envelopes += kind is RecordKind.ENVELOPE
        if self._file.read(1):
            raise FerryDamaged("something follows the end")
        told, signature = plain[:-_SIGNATURE_BYTES], plain[-_SIGNATURE_BYTES:]
        try:
            manifest = Manifest.model_validate_json(told)
        except ValidationError:
            raise FerryDamaged("manifest cannot be read") from None
        signed_by(signature, _CONTEXT + transcript.digest() + told, manifest)
        if (manifest.digest, manifest.records, manifest.count) != (digest.digest(), count, envelopes):
            raise FerryDamaged("manifest and records differ")
        self._digest = manifest.digest
        return manifest

    def records(self) -> Iterator[tuple[RecordKind, bytes]]:
        """Read the records of a file that was checked. Raises :class:`FerryDamaged` if it has changed since."""
        digest = hashlib.sha256()
        for plain, raw in self._frames():
            if raw is None:
                break
            digest.update(plain)
            yield from _split(plain)
        if digest.digest() != self._digest:
            raise FerryDamaged("the file changed while it was read")

    def _frames(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Give each frame's content, and how it stands in the file; None for the last one, which is the manifest's."""
        if self._aead is None:
            raise FerryDamaged("not checked")
        self._file.seek(self._begin)
        number, last = 0, False
        while not last:
            head = self._exactly(_LENGTH.size)
            (length,) = _LENGTH.unpack(head)
            last, length = bool(length & _LAST), length & ~_LAST
            if not _TAG_BYTES < length <= _MOST_FRAME_BYTES:
                raise FerryDamaged("frame of impossible length")
            sealed = self._exactly(length)
            try:
                plain = self._aead.decrypt(_nonce(number, last=last), sealed, None)
            except InvalidTag as error:
                raise FerryDamaged(f"frame {number} was changed") from error
            yield plain, None if last else head + sealed
            number += 1

    def _head(self) -> bytes:
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        if length > _MOST_HEAD_BYTES:
            raise FerryDamaged("head of impossible length")
        return self._exactly(length)

    def _exactly(self, count: int) -> bytes:
        content = self._file.read(count)
        if len(content) != count:
            raise FerryDamaged("file ends too early")
        return content


def pack_envelope(envelope_id: bytes, subject: str, text: str) -> bytes:
    """Return an envelope's record: id (16 bytes), what stands for its subject (8 bytes), its JSON.

    Of one subject nothing overtakes: when one is refused, the receiver leaves the later ones.
    """
    return envelope_id + hashlib.sha256(subject.encode()).digest()[:8] + text.encode()


def unpack_envelope(record: bytes) -> tuple[bytes, bytes, str]:
    """Return id, subject's stand-in and JSON. Raises :class:`FerryDamaged`."""
    try:
        return record[:16], record[16:24], record[24:].decode()
    except UnicodeDecodeError as error:
        raise FerryDamaged("envelope record is no text") from error


def _split(frame: bytes) -> Iterator[tuple[RecordKind, bytes]]:
    at = 0
    while at < len(frame):
        if len(frame) - at < _RECORD.size:
            raise FerryDamaged("record is torn")
        kind, length = _RECORD.unpack_from(frame, at)
        at += _RECORD.size
        if length > len(frame) - at:
            raise FerryDamaged("record is torn")
        try:
            yield RecordKind(kind), frame[at : at + length]
        except ValueError as error:
            raise FerryNotOurs(f"record of unknown kind {kind}") from error
        at += length


def _nonce(number: int, *, last: bool) -> bytes:
    """Return the nonce of a frame (STREAM, Hoang et al. 2015): its number, and whether it is the last."""
    return number.to_bytes(11, "big") + bytes([last])
