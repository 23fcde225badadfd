"""A virtual travel document for a virtual reader's slot: access control, secure messaging, files, and misbehaviour."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from devices.card_reader.api import CardGarbled
from devices.card_reader.emrtd import active_authentication, bac, chip_authentication, files, pace, tlv
from devices.card_reader.emrtd.access import CardAccessNumber, MrzKey
from devices.card_reader.emrtd.secure_messaging import PROTECTED
from devices.card_reader.emrtd.security_infos import Pace
from devices.card_reader.emrtd.security_infos import parse as parse_infos
from devices.card_reader.emrtd.suites import SessionKeys
from devices.virtual.emrtd_proof import ChipAgreement
from devices.virtual.emrtd_session import Apdu, ChipBac, ChipMessaging, ChipPace, Refused

_OK: Final = 0x9000
_END_REACHED, _NOT_FOUND, _NOT_SATISFIED, _NO_INSTRUCTION = 0x6282, 0x6A82, 0x6982, 0x6D00
_WRONG_LENGTH, _NO_OFFSET, _WRONG_OBJECTS, _NO_REFERENCE = 0x6700, 0x6B00, 0x6988, 0x6A88
_SHORT: Final = 256


@dataclass(frozen=True, slots=True)
class Temper:
    """How a chip differs from a model one.

    ``longest`` is the longest answer it gives, in bytes without the status word; ``announced`` what it says of that in
    EF.ATR/INFO. ``offers`` is how many bytes it names with 6Cxx, inside secure messaging, when asked for more.
    ``drops_at``: the protected command at which it forgets the session. ``short_parts``: it gives no more at a time.
    """

    longest: int = _SHORT
    announced: int | None = None
    offers: int | None = None
    short_parts: int | None = None
    drops_at: int | None = None
    refuses_pace: bool = False


@dataclass(slots=True, eq=False)
class EmrtdChip:
    """One chip. ``key`` None: anybody may read it. ``bac``: it opens without PACE, too.

    ``card_access`` says which PACE it runs, and is EF.CardAccess unless something else is ``announced``.
    ``prove`` answers active authentication's challenge, ``agreement`` is the key of chip authentication.
    """

    files: Mapping[int, bytes]
    key: MrzKey | None
    can: CardAccessNumber | None = None
    card_access: bytes | None = None
    announced: bytes | None = None
    bac: bool = True
    prove: Callable[[bytes], bytes] | None = None
    agreement: ChipAgreement | None = None
    temper: Temper = field(default_factory=Temper)
    atr: bytes = bytes.fromhex("3B80800101")
    _application: bool = False
    _file: bytes | None = None
    _bac: ChipBac | None = None
    _pace: ChipPace | None = None
    _messaging: ChipMessaging | None = None
    _agreed: SessionKeys | None = None
    _protected: int = 0

    def reset(self) -> None:
        """Forget the session and what was selected."""
        self._application, self._file = False, None
        self._bac, self._pace, self._messaging, self._agreed = None, None, None, None
        self._protected = 0

    def answer(self, apdu: bytes) -> bytes:
        """Return the response APDU."""
        try:
            command = Apdu.parse(apdu)
            if command.cla & PROTECTED == PROTECTED:
                return self._answer_protected(command)
            self._messaging = None
            data, sw = self._do(command, opened=self.key is None)
        except Refused as refused:
            data, sw = b"", refused.sw
        except (CardGarbled, ValueError):  # what it was sent makes no sense
            data, sw = b"", _WRONG_OBJECTS
        return data + sw.to_bytes(2, "big")

    def _answer_protected(self, command: Apdu) -> bytes:
        messaging, self._protected = self._messaging, self._protected + 1
        if messaging is None or self._protected == self.temper.drops_at:
            self._messaging = None
            raise Refused(_WRONG_OBJECTS)
        try:
            inner = messaging.open(command)
        except Refused:
            self._messaging = None
            raise
        try:
            data, sw = self._do(inner, opened=True)
        except Refused as refused:
            data, sw = b"", refused.sw
        answer = messaging.close(data, sw, odd=inner.ins % 2 == 1)
        if len(answer) > min(self.temper.longest, command.expected):
            self._messaging = None
            raise Refused(_WRONG_LENGTH)
        if self._agreed is not None:
            self._messaging, self._agreed = ChipMessaging(self._agreed), None
        return answer + _OK.to_bytes(2, "big")

    def _do(self, command: Apdu, *, opened: bool) -> tuple[bytes, int]:
        match command.ins:
            case files.SELECT:
                return b"", self._select(command, opened=opened)
            case files.READ_BINARY | files.READ_BINARY_ODD:
                return self._read(command)
            case active_authentication.INTERNAL_AUTHENTICATE if opened and self.prove is not None:
                return self.prove(command.data), _OK
            case pace.MANAGE_SECURITY | pace.GENERAL_AUTHENTICATE if opened and self.agreement is not None:
                return self._agree(self.agreement, command), _OK
            case _:
                return self._open_up(command), _OK

    def _agree(self, agreement: ChipAgreement, command: Apdu) -> bytes:
        if command.ins == pace.GENERAL_AUTHENTICATE:
            theirs = tlv.first(tlv.inside(command.data, pace.DYNAMIC), chip_authentication.OURS)
            self._agreed = agreement.agree(theirs)
            return tlv.encode(pace.DYNAMIC)
        if command.p2 == chip_authentication.SET_AGREEMENT[1]:
            self._agreed = agreement.agree(tlv.first(command.data, chip_authentication.PUBLIC_KEY))
        return b""

    def _open_up(self, command: Apdu) -> bytes:
        match command.ins:
            case bac.GET_CHALLENGE if self._application and self.bac and self.key is not None:
                self._bac = ChipBac(self.key)
                return self._bac.challenge
            case bac.EXTERNAL_AUTHENTICATE if self._bac is not None:
                answer, keys = self._bac.authenticate(command.data)
                self._opened(keys)
                return answer
            case pace.MANAGE_SECURITY if self.card_access is not None and not self.temper.refuses_pace:
                self._set_pace(dict(tlv.objects(command.data)))
                return b""
            case pace.GENERAL_AUTHENTICATE if self._pace is not None:
                answer = self._pace.step(command.data)
                if self._pace.opened is not None:
                    self._opened(self._pace.opened)
                return answer
            case _:
                raise Refused(_NO_INSTRUCTION)

    def _opened(self, keys: SessionKeys) -> None:
        self._messaging, self._protected = ChipMessaging(keys), 0
        self._bac, self._pace = None, None

    def _select(self, command: Apdu, *, opened: bool) -> int:
        if command.p1 == files.BY_NAME:
            self._application, self._file = command.data == files.APPLICATION, None
            return _OK if self._application else _NOT_FOUND
        if command.p1 != files.BY_FILE:
            self._application, self._file = False, None
            return _OK
        number = int.from_bytes(command.data, "big")
        if not self._application:
            outside = {
                files.CARD_ACCESS: self.announced or self.card_access,
                files.ATR_INFO: _atr_info(self.temper.announced),
            }
            self._file = outside.get(number)
            return _NOT_FOUND if self._file is None else _OK
        if not opened:
            return _NOT_SATISFIED
        self._file = self.files.get(number)
        return _NOT_FOUND if self._file is None else _OK

    def _read(self, command: Apdu) -> tuple[bytes, int]:
        if self._file is None:
            raise Refused(_NOT_SATISFIED)
        far = command.ins == files.READ_BINARY_ODD
        offset = int.from_bytes(tlv.first(command.data, files.OFFSET), "big") if far else command.p1 << 8 | command.p2
        if offset >= len(self._file) or (not far and offset >= files.FAR):
            raise Refused(_NO_OFFSET)
        wanted = command.expected
        if far:
            wanted -= len(tlv.encode(files.DISCRETIONARY, bytes(wanted))) - wanted
        if self.temper.offers is not None and wanted > self.temper.offers:
            raise Refused(0x6C00 | self.temper.offers)
        part = self._file[offset : offset + min(wanted, self.temper.short_parts or wanted)]
        sw = _END_REACHED if offset + wanted > len(self._file) else _OK
        return (tlv.encode(files.DISCRETIONARY, part) if far else part), sw

    def _set_pace(self, asked: Mapping[int, bytes]) -> None:
        announced = self._announced(asked.get(pace.PROTOCOL), asked.get(pace.PARAMETERS))
        passwords = {pace.PASSWORDS[MrzKey]: self.key, pace.PASSWORDS[CardAccessNumber]: self.can}
        password = passwords.get(asked.get(pace.PASSWORD, b"\x00")[0])
        if announced is None or password is None:
            raise Refused(_NO_REFERENCE)
        self._pace = ChipPace(announced, password)

    def _announced(self, protocol: bytes | None, parameter: bytes | None) -> Pace | None:
        for one in parse_infos(self.card_access or b"").pace:
            if parameter in (None, bytes((one.parameter_id,))) and protocol == pace.protocol_octets(one.protocol):
                return one
        return None


def _atr_info(announced: int | None) -> bytes | None:
    if announced is None:
        return None
    lengths = (tlv.encode(0x02, (size + 2).to_bytes(4, "big").lstrip(b"\x00")) for size in (_SHORT, announced))
    return tlv.encode(0x43, b"\x80") + tlv.encode(0x7F66, *lengths) + tlv.encode(0x82, b"\x90\x00") + bytes(8)
