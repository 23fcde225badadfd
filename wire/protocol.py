"""Versions of the protocol: what this side speaks, and what two sides agree on.

Messages refuse what they do not know, so a new word is said only where the agreed version has it. Version 2: the
command ``update``.
"""

import re
from dataclasses import dataclass

from wire.errors import PeerTooNew, PeerTooOld, WireError

HEADER = "Bianmin-Protocol"
_RANGE = re.compile(r"(\d{1,4})-(\d{1,4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions that one side speaks, both ends included. Written ``1-2`` in the request's header."""

    oldest: int
    newest: int

    def __str__(self) -> str:
        return f"{self.oldest}-{self.newest}"

    @classmethod
    def parse(cls, text: str) -> "Versions":
        """Read ``oldest-newest``. Raises :class:`WireError`."""
        match = _RANGE.fullmatch(text)
        if match is None or int(match[1]) > int(match[2]):
            raise WireError(f"not a version range: {text[:20]!r}")
        return cls(int(match[1]), int(match[2]))


SPOKEN = Versions(oldest=1, newest=2)
UPDATE_COMMAND_SINCE = 2


def agree(own: Versions, peer: Versions) -> int:
    """Return the newest version that both sides speak.

    Raises :class:`PeerTooOld` or :class:`PeerTooNew`, which say who has to be updated.
    """
    if peer.newest < own.oldest:
        raise PeerTooOld(f"peer speaks {peer}, we speak {own}")
    if peer.oldest > own.newest:
        raise PeerTooNew(f"peer speaks {peer}, we speak {own}")
    return min(own.newest, peer.newest)
