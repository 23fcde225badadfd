"""Log lines that give no citizen away: an exception is told by its type and place, rarely by its text."""

import logging
import traceback
from types import TracebackType

# The machine's own trouble (disk full, no such table, connection refused) has to be told, and quotes nobody.
_TELLS_ITS_TEXT = ("sqlite3.OperationalError", "psycopg.OperationalError", "builtins.FileNotFoundError")


class Discreet(logging.Formatter):
    """Formats a traceback without messages and source: a database quotes the row in its message, pydantic the input."""

    def formatException(  # noqa: N802 - the name is logging's
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """Return the exception's type and the frames it came through, outermost first, then those of its causes."""
        lines: list[str] = []
        error = ei[1]
        while error is not None:
            name = f"{type(error).__module__}.{type(error).__qualname__}"
            lines.append(f"{name}: {error}" if name in _TELLS_ITS_TEXT else name)
            frames = traceback.extract_tb(error.__traceback__)
            lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
            error = error.__cause__ or error.__context__
        return "\n".join(lines)
