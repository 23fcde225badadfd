"""The profile of a travel document's chip: opened with what is printed on it, read, and checked, in one go.

Not tried with any real document: only with the virtual ones, and with the worked examples of the standard.
"""

import secrets
from collections.abc import Callable
from typing import Final

from devices.card_reader.apdu import Profile, Transmit
from devices.card_reader.emrtd.access import Access
from devices.card_reader.emrtd.command import EXTENDED_ANSWER, SHORT_ANSWER
from devices.card_reader.emrtd.contents import Contents
from devices.card_reader.emrtd.opening import Outside, look, open_chip
from devices.card_reader.emrtd.secure_messaging import LeftSecureMessaging
from devices.card_reader.emrtd.suites import Random
from devices.card_reader.emrtd.trust import Trust
from wire.clock import CHINA, Clock, SystemClock
from wire.identity import Identity

_LENGTH_REFUSED: Final = frozenset((0x6700, 0x6F00, 0x6B00))


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

    The profile raises ``CardWantsAccess``, ``CardAccessWrong``, ``CardUnsupported`` (the chip opens in no way that is
    known here), ``CardForged``, ``CardGarbled``, and whatever ``transmit`` raises. Over short answers a read takes a
    hundred commands, a real chip up to 30 ms for each (from memory): give the reader's deadline 10 s and more.
    """
    trusted, now = trust or Trust(), clock or SystemClock()

    def read(transmit: Transmit) -> Identity | None:
        outside = look(transmit, longest_answer)
        if outside is None:
            return None
        try:
            return attempt(transmit, outside, outside.limit)
        except LeftSecureMessaging as left:
            if left.sw not in _LENGTH_REFUSED or outside.limit <= SHORT_ANSWER:
                raise
        # the chip takes no answers as long as it said; its session is gone, so once more from the start
        return attempt(transmit, outside, SHORT_ANSWER)

    def attempt(transmit: Transmit, outside: Outside, limit: int) -> Identity:
        session = open_chip(transmit, outside, limit, access, random)
        return Contents(session, trusted, now.now().astimezone(CHINA).date(), random).identity()

    return read
