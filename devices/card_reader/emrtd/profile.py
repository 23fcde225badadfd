"""The profile of a travel document's chip: opened with what is printed on it, read, and checked, in one go.

The way of Doc 9303-11, 4.2: EF.CardAccess, PACE where the chip offers what is known here, else Basic Access Control; a
chip without access control is read as it is. Not tried with any real document: only with the virtual ones.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from devices.card_reader.apdu import Profile, Transmit
from devices.card_reader.api import CardForged, CardGarbled, CardWantsAccess
from devices.card_reader.emrtd import (
    active_authentication,
    bac,
    data_groups,
    files,
    pace,
    security_infos,
    signed_object,
)
from devices.card_reader.emrtd.access import Access, MrzKey
from devices.card_reader.emrtd.bac import Random
from devices.card_reader.emrtd.command import EXTENDED_ANSWER, SHORT_ANSWER, Send, plain
from devices.card_reader.emrtd.files import Files
from devices.card_reader.emrtd.holder import Holder, identity_of
from devices.card_reader.emrtd.portrait import portrait
from devices.card_reader.emrtd.secure_messaging import LeftSecureMessaging, SecureMessaging
from devices.card_reader.emrtd.security_infos import SecurityInfos
from devices.card_reader.emrtd.suites import SessionKeys
from devices.card_reader.emrtd.tlv import inside
from devices.card_reader.emrtd.trust import Trust
from wire.clock import CHINA, Clock, SystemClock
from wire.identity import Authenticity, Identity

_LENGTH_REFUSED: Final = frozenset((0x6700, 0x6F00, 0x6B00))
_DG14: Final = 0x6E
_UNDERSTOOD: Final = (14, 15, 1, 11, 12, 2)  # in the order of reading: what is forged is found before the long photo


def profile(
    access: Callable[[], Access | None],
    trust: Trust | None = None,
    *,
    clock: Clock | None = None,
    random: Random = secrets.token_bytes,
    longest_answer: int = EXTENDED_ANSWER,
) -> Profile:
    """Return the profile, for ``PcscReader``.

    ``access`` is asked, in the reader's thread, once a chip of this kind is there: the MRZ's key or the card access
    number of the document, or None when the citizen has given neither yet, which raises ``CardWantsAccess``.
    ``longest_answer`` is what the reader itself can take, in bytes: 256 for one without extended length.

    The profile raises ``CardWantsAccess``, ``CardAccessWrong``, ``CardForged``, ``CardGarbled``, and whatever
    ``transmit`` raises.
    """
    reading = _Reading(access, trust or Trust(), clock or SystemClock(), random, longest_answer)
    return reading.read


@dataclass(frozen=True, slots=True)
class _Session:
    """An opened chip: how to send, and the most that one answer may carry."""

    send: Send
    longest: int


@dataclass(frozen=True, slots=True)
class _Reading:
    ask_access: Callable[[], Access | None]
    trust: Trust
    clock: Clock
    random: Random
    longest_answer: int

    def read(self, transmit: Transmit) -> Identity | None:
        """Read the document; None when the card is none."""
        offers, longest = self._look(transmit)
        if offers is None and not files.select_application(plain(transmit)):
            return None
        try:
            return self._read(self._open(transmit, offers, longest))
        except LeftSecureMessaging as left:
            if left.sw not in _LENGTH_REFUSED or longest <= SHORT_ANSWER:
                raise
        # the chip takes no answers as long as it said; its session is gone, so once more from the start
        return self._read(self._open(transmit, offers, SHORT_ANSWER))

    def _look(self, transmit: Transmit) -> tuple[SecurityInfos | None, int]:
        """Return what the chip offers, None for no PACE at all, and how long an answer may be."""
        send = plain(transmit)
        files.select_master_file(send)
        outside = Files(send, SHORT_ANSWER)
        longest = SHORT_ANSWER
        announced = _optional(outside, files.CARD_ACCESS)
        if self.longest_answer > SHORT_ANSWER and (said := _optional(outside, files.ATR_INFO)) is not None:
            longest = max(SHORT_ANSWER, min(self.longest_answer, files.longest_answer(said) or 0))
        return (None if announced is None else security_infos.parse(announced)), longest

    def _open(self, transmit: Transmit, offers: SecurityInfos | None, longest: int) -> _Session:
        """Open the chip. Raises ``CardWantsAccess`` and ``CardAccessWrong``."""
        send = plain(transmit)
        if offers is None:
            files.select_application(send)
            if _optional(Files(send, SHORT_ANSWER), files.COM) is not None:
                return _Session(send, longest)
        access = self.ask_access()
        if access is None:
            raise CardWantsAccess("no MRZ yet")
        if offers is not None and offers.pace:
            files.select_master_file(send)
            try:
                keys = pace.open_chip(send, offers.pace[0], access, self.random)
            except pace.PaceRefused:
                keys = None
            if keys is not None:
                return self._secured(transmit, keys, longest, select=True)
        if not isinstance(access, MrzKey):
            raise CardWantsAccess("the chip has no PACE that is known here")
        if not files.select_application(send):
            raise CardGarbled("the application is gone")
        return self._secured(transmit, bac.open_chip(send, access, self.random), longest, select=False)

    def _secured(self, transmit: Transmit, keys: SessionKeys, longest: int, *, select: bool) -> _Session:
        messaging = SecureMessaging(transmit, keys)
        if select and not files.select_application(messaging.send):
            raise CardGarbled("the application is not there")
        return _Session(messaging.send, messaging.longest_answer(longest))

    def _read(self, session: _Session) -> Identity:
        chip = Files(session.send, session.longest)
        listed = data_groups.common(_needed(chip, files.COM, "COM"))
        content = chip.read(files.SIGNED_OBJECT)
        signed = None if content is None else signed_object.parse(content)
        today = self.clock.now().astimezone(CHINA).date()
        authenticity = Authenticity.NOT_CHECKED
        if signed is not None:
            authenticity = signed_object.verify(signed, self.trust, today)
            listed |= set(signed.hashes)  # nothing vouches for COM, which may leave out what would betray a copy
        groups: dict[int, bytes] = {}
        for number in _UNDERSTOOD:
            if number in listed:
                groups[number] = self._group(chip, session, signed, groups, number)
        if 1 not in groups:
            raise CardGarbled("no DG1")
        picture = portrait(groups[2]) if 2 in groups else None  # noqa: PLR2004 - DG2
        holder = Holder(
            zone=data_groups.zone(groups[1], today),
            details=data_groups.details(groups[11]) if 11 in groups else data_groups.Details(),  # noqa: PLR2004 - DG11
            issue=data_groups.issue(groups[12]) if 12 in groups else data_groups.Issue(),  # noqa: PLR2004 - DG12
            photo=picture.photo if picture else None,
            authenticity=authenticity,
        )
        return identity_of(holder)

    def _group(
        self,
        chip: Files,
        session: _Session,
        signed: signed_object.SignedObject | None,
        groups: dict[int, bytes],
        number: int,
    ) -> bytes:
        """Return a data group that has been checked, and the chip with it when the group is its key."""
        content = chip.read(files.group(number))
        if content is None:
            raise CardForged(f"DG{number} is signed, and not there") if signed else CardGarbled(f"no DG{number}")
        if signed is not None:
            signed.check(number, content)
        if number == 15:  # noqa: PLR2004 - DG15
            said = security_infos.parse(inside(groups[14], _DG14)) if 14 in groups else None  # noqa: PLR2004 - DG14
            hash_name = said.active_authentication_hash if said else None
            active_authentication.authenticate(session.send, content, hash_name, self.random, session.longest)
        return content


def _optional(chip: Files, file: int) -> bytes | None:
    """Return a file that a chip may not have, or not give before it is opened."""
    try:
        return chip.read(file)
    except CardGarbled:
        return None


def _needed(chip: Files, file: int, name: str) -> bytes:
    content = chip.read(file)
    if content is None:
        raise CardGarbled(f"no {name}")
    return content
