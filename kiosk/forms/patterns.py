"""Which regular expressions a form may bring: those whose search ends soon on any text of ``MAX_TEXT`` characters.

Python's matcher goes back and tries again, so that one pattern such as ``(a+)+$`` can take longer than a life. Here
the ways in which a pattern can be tried are counted, at most: each choice, each optional part and each repetition
multiplies them. Nothing inside a repeated part may itself vary. Some harmless patterns are refused by this; a form
can always be written with one that passes.
"""

import re
import warnings

from kiosk.forms.errors import FormError

MAX_TEXT = 200
_MAX_PATTERN = 200
_MAX_WAYS = 10**7  # about half a second
_MAX_REPEAT = 200
_TOKEN = re.compile(
    r"""(?P<open>\((?:\?:)?(?!\?))
      | (?P<close>\))
      | (?P<either>\|)
      | (?P<times>(?:[*+?]|\{(?P<least>\d{1,3})(?P<range>,(?P<most>\d{0,3}))?\})\??)
      | (?P<atom>\\[^0-9kbBAZ] | \[\^?\]?(?:\\.|[^\]\\\[])*\] | [^()|*+?{}\\\[\]])
    """,
    re.VERBOSE | re.ASCII,
)


class _Part:
    """A group, or one character: what a quantifier may repeat. ``varies``: its length is not fixed."""

    def __init__(self) -> None:
        self.varies = False
        self.alternatives = 1
        self.last: _Part | None = None


class _Counts:
    """In how many ways a pattern can be tried, counted token by token."""

    def __init__(self) -> None:
        self.groups = [_Part()]
        self.ways = 1

    def take(self, token: "re.Match[str]") -> None:
        """Count one token in. Raises :class:`FormError`."""
        group = self.groups[-1]
        if token["open"]:
            self.groups.append(_Part())
        elif token["close"]:
            inner = self.groups.pop()
            self.ways *= inner.alternatives
            self.groups[-1].varies |= inner.varies
            self.groups[-1].last = inner
        elif token["either"]:
            group.varies, group.last = True, None
            group.alternatives += 1
        elif token["atom"]:
            group.last = _Part()
        else:
            self._repeat(token, group)

    def _repeat(self, token: "re.Match[str]", group: _Part) -> None:
        lengths = _lengths(token)
        optional = token["times"].startswith("?")
        if group.last is not None and group.last.varies and not optional:
            raise FormError("a repeated part of a pattern may not vary itself")
        self.ways *= lengths
        group.varies |= lengths > 1


def check_pattern(pattern: str) -> None:
    """Refuse a pattern that is none, or may take too long. Raises :class:`FormError`."""
    if len(pattern) > _MAX_PATTERN:
        raise FormError("pattern too long")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what Python itself finds ambiguous
            re.compile(pattern)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        raise FormError("not a pattern") from error
    counts, position = _Counts(), 0
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if token is None:
            raise FormError(f"pattern uses what is not supported, at {position}")
        position = token.end()
        counts.take(token)
    whole = counts.groups[0]
    anchored = pattern.startswith("^") and whole.alternatives == 1
    if counts.ways * whole.alternatives * (1 if anchored else MAX_TEXT) > _MAX_WAYS:
        raise FormError("a pattern can be tried in too many ways")


def _lengths(token: "re.Match[str]") -> int:
    """Return how many lengths a quantifier allows. Raises :class:`FormError` for a huge one."""
    if token["least"] is None:
        return 2 if token["times"].startswith("?") else MAX_TEXT
    least = int(token["least"])
    most = least if token["range"] is None else int(token["most"] or MAX_TEXT)
    if max(least, most) > _MAX_REPEAT:
        raise FormError("too many repetitions in a pattern")
    return max(most - least + 1, 1)
