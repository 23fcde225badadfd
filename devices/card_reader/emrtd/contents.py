"""Reads an opened chip to the end: each data group checked against what was signed, and the chip against its keys."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from devices.card_reader.api import CardForged, CardGarbled
from devices.card_reader.emrtd import (
    active_authentication,
    chip_authentication,
    data_groups,
    files,
    security_infos,
    signed_object,
    tlv,
)
from devices.card_reader.emrtd.data_groups import Details, Issue
from devices.card_reader.emrtd.der import reading
from devices.card_reader.emrtd.files import Files
from devices.card_reader.emrtd.holder import Holder, identity_of
from devices.card_reader.emrtd.opening import Session
from devices.card_reader.emrtd.portrait import portrait
from devices.card_reader.emrtd.security_infos import SecurityInfos
from devices.card_reader.emrtd.signatures import Unsupported
from devices.card_reader.emrtd.signed_object import SignedObject
from devices.card_reader.emrtd.suites import Random
from devices.card_reader.emrtd.trust import Trust
from wire.identity import Authenticity, Identity

ZONE, PHOTO, DETAILS, ISSUE, OPTIONS, CHIP_KEY = 1, 2, 11, 12, 14, 15
_ORDER: Final = (OPTIONS, CHIP_KEY, ZONE, DETAILS, ISSUE, PHOTO)  # what is forged is found before the long photo
_DG14: Final = 0x6E


@dataclass(slots=True)
class Contents:
    """One reading of one opened chip."""

    session: Session
    trust: Trust
    today: date
    random: Random
    _files: Files = field(init=False)
    _signed: SignedObject | None = None
    _infos: SecurityInfos = field(default_factory=SecurityInfos)

    def __post_init__(self) -> None:
        self._files = Files(self.session.send, self.session.longest)

    def identity(self) -> Identity:
        """Return the holder. Raises ``CardForged``, ``CardGarbled``."""
        common = self._files.read(files.COM)
        content = self._files.read(files.SIGNED_OBJECT)
        listed = frozenset[int]() if common is None else data_groups.common(common)
        authenticity = Authenticity.NOT_CHECKED
        if content is not None:
            self._signed = signed_object.parse(content)
            authenticity = signed_object.verify(self._signed, self.trust, self.today)
            listed |= set(self._signed.hashes)  # nothing vouches for COM, which may leave out what would betray a copy
        groups: dict[int, bytes] = {}
        for number in _ORDER:
            if number in listed:
                groups[number] = self._group(number)
                if number in _CHECKS:
                    _CHECKS[number](self, groups[number])
        if ZONE not in groups:
            raise CardGarbled("no DG1")
        picture = portrait(groups[PHOTO]) if PHOTO in groups else None
        return identity_of(
            Holder(
                zone=data_groups.zone(groups[ZONE], self.today),
                details=data_groups.details(groups[DETAILS]) if DETAILS in groups else Details(),
                issue=data_groups.issue(groups[ISSUE]) if ISSUE in groups else Issue(),
                photo=picture.photo if picture else None,
                authenticity=authenticity,
            )
        )

    def _group(self, number: int) -> bytes:
        """Return a data group that is what was signed, if anything was."""
        content = self._files.read(files.group(number))
        if content is None:
            raise CardForged(f"DG{number} is not there") if self._signed else CardGarbled(f"no DG{number}")
        if self._signed is not None:
            self._signed.check(number, content)
        return content

    def authenticate_chip(self, group: bytes) -> None:
        """Go on under keys that only the chip of DG14 can have agreed on, where it offers that."""
        self._infos = security_infos.parse(tlv.inside(group, _DG14))
        if not self._infos.chip_keys:
            return
        with reading("DG14"):
            try:
                keys = chip_authentication.agree(self.session.send, self._infos.chip_keys[0], self.random)
            except Unsupported:
                return
        self.session = self.session.secured(keys)
        self._files = Files(self.session.send, min(self._files.longest, self.session.longest))
        try:
            self._files.read(files.COM)
        except CardGarbled as wrong:
            raise CardForged(f"chip authentication: {wrong}") from None

    def authenticate_actively(self, group: bytes) -> None:
        """Challenge the chip for its key of DG15."""
        hash_name = self._infos.active_authentication_hash
        active_authentication.authenticate(self.session.send, group, hash_name, self.random, self.session.longest)


_CHECKS: Final[dict[int, Callable[[Contents, bytes], None]]] = {
    OPTIONS: Contents.authenticate_chip,
    CHIP_KEY: Contents.authenticate_actively,
}
