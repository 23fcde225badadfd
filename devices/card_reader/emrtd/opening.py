"""Opens a chip in the order of Doc 9303-11, 4.2: PACE where it offers what is known here, else BAC, else nothing."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from devices.card_reader.apdu import Transmit
from devices.card_reader.api import CardGarbled, CardWantsAccess
from devices.card_reader.emrtd import bac, files, pace, security_infos
from devices.card_reader.emrtd.access import Access, MrzKey
from devices.card_reader.emrtd.command import SHORT_ANSWER, Send, plain
from devices.card_reader.emrtd.files import Files
from devices.card_reader.emrtd.secure_messaging import SecureMessaging
from devices.card_reader.emrtd.security_infos import SecurityInfos
from devices.card_reader.emrtd.suites import Random, SessionKeys


@dataclass(frozen=True, slots=True)
class Session:
    """An opened chip. ``limit``: bytes of the longest answer as it comes; ``longest``: of what may be inside it."""

    transmit: Transmit
    send: Send
    limit: int
    longest: int

    def secured(self, keys: SessionKeys) -> "Session":
        """Return the session that goes on under these keys."""
        messaging = SecureMessaging(self.transmit, keys)
        return Session(self.transmit, messaging.send, self.limit, messaging.longest_answer(self.limit))


@dataclass(frozen=True, slots=True)
class Outside:
    """What a chip says before it is opened. ``offers`` None: no PACE; ``limit``: bytes of its longest answer."""

    offers: SecurityInfos | None
    limit: int


def look(transmit: Transmit, reader_limit: int) -> Outside | None:
    """Return what a chip says of itself, or None when the card has no travel document's application."""
    send = plain(transmit)
    files.select_master_file(send)
    outside = Files(send, SHORT_ANSWER)
    limit = SHORT_ANSWER
    announced = _optional(outside.read, files.CARD_ACCESS)
    if reader_limit > SHORT_ANSWER and (said := _optional(outside.start_of, files.ATR_INFO)) is not None:
        limit = max(SHORT_ANSWER, min(reader_limit, files.longest_answer(said) or 0))
    if announced is not None:
        return Outside(security_infos.parse(announced), limit)
    return Outside(None, limit) if files.select_application(send) else None


def open_chip(
    transmit: Transmit, outside: Outside, limit: int, ask_access: Callable[[], Access | None], random: Random
) -> Session:
    """Open a chip; its application is selected. Raises ``CardWantsAccess``, ``CardAccessWrong``, ``CardGarbled``."""
    send = plain(transmit)
    bare = Session(transmit, send, limit, limit)
    if outside.offers is None:
        files.select_application(send)
        if _optional(Files(send, SHORT_ANSWER).read, files.COM) is not None:
            return bare
    access = ask_access()
    if access is None:
        raise CardWantsAccess("no MRZ yet")
    for offer in outside.offers.pace if outside.offers is not None else ():
        files.select_master_file(send)
        with suppress(pace.PaceRefused):
            session = bare.secured(pace.open_chip(send, offer, access, random))
            _select_application(session.send)
            return session
    if not isinstance(access, MrzKey):
        raise CardWantsAccess("the chip has no PACE that is known here")
    _select_application(send)
    return bare.secured(bac.open_chip(send, access, random))


def _select_application(send: Send) -> None:
    if not files.select_application(send):
        raise CardGarbled("the application is not there")


def _optional(read: Callable[[int], bytes | None], file: int) -> bytes | None:
    """Return a file that a chip may not have, or not give before it is opened."""
    try:
        return read(file)
    except CardGarbled:
        return None
