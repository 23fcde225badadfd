"""Logs as one line of key=value on stderr, which the journal keeps; tracebacks say where, never what was said."""

import logging
import sys
import threading
import traceback
from types import TracebackType

import structlog

_TOLD_BY_THE_STATUS_BOARD = {"devices.camera.opencv", "devices.scanner.camera_scanner", "devices.speech.espeak"}


def begin(level: int = logging.INFO) -> None:
    """Set up logging for a process of the terminal, for structlog and for the standard library's loggers alike."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_exception_text,
                structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "logger", "event"]),
            ],
        )
    )
    handler.addFilter(lambda record: record.name not in _TOLD_BY_THE_STATUS_BOARD)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    sys.excepthook = _note_crash
    threading.excepthook = lambda args: _note_crash(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )
    for chatty in ("httpx", "httpcore", "kivy", "fontTools"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _without_exception_text(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Replace an exception by its type and places: its text may quote what a citizen typed."""
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)
        event["error"] = type(error).__name__
        event["at"] = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))
    if event.get("logger") == "asyncio":  # which appends the repr of what failed
        event["event"] = str(event.get("event", "")).partition("\n")[0]
    return event


def _note_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger("bianmin").critical("ended by a bug", exc_info=(kind, error, trace))
