"""The live screen over loopback HTTP: a page to watch and touch it, and the same for tests. Never in a release.

``GET /`` a page; ``GET /frame.png`` what the glass shows; ``GET /screen`` the view's name, what can be touched and
read; ``POST /tap`` a finger, on a named widget (``{"name": …}``), at a point (``{"x": …, "y": …}``, px from the
top left), or at many (``{"points": [[x, y], …]}``) as fast as a hand can.
"""

import asyncio
import json
import threading
import time
from collections.abc import Coroutine
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from kivy.core.window import Window

from kiosk.stage import (
    CaseProgress,
    Delivered,
    EnterDigits,
    FormPage,
    Identify,
    PaperCheck,
    ScanCode,
    Sought,
    VerificationResult,
    View,
)
from screens.pictures import grab
from screens.player import TAP_S, NotOnScreen, Player
from screens.png import png
from screens.stage import KivyStage

T = TypeVar("T")
_ANSWER_S = 20.0
_PAGE = Path(__file__).with_name("live.html")


class Live:
    """Serves one stage on a port of loopback for as long as it is entered."""

    def __init__(self, stage: KivyStage, port: int) -> None:
        self._stage = stage
        self._port = port
        self._first_frame_at: float | None = None

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._player = Player(self._stage)
        Window.bind(on_flip=self._note_frame)
        live = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                live.get(self)

            def do_POST(self) -> None:
                live.post(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="live", daemon=True)
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._server.shutdown)
        self._server.server_close()
        Window.unbind(on_flip=self._note_frame)
        self._player.close()

    def _note_frame(self, *_: object) -> None:
        if self._first_frame_at is None and self._stage.shown is not None:
            self._first_frame_at = time.monotonic()

    def get(self, request: BaseHTTPRequestHandler) -> None:
        """Answer with the page, the picture, or what stands on the screen."""
        path = request.path.partition("?")[0]
        if path == "/":
            _send(request, _PAGE.read_bytes(), "text/html; charset=utf-8")
        elif path == "/frame.png":
            half = "half" in request.path
            pixels = self._in_loop(self._grab(half=half))
            _send(request, pixels, "image/png")
        elif path == "/screen":
            _send(request, json.dumps(self._in_loop(self._screen()), ensure_ascii=False).encode(), "application/json")
        else:
            request.send_error(HTTPStatus.NOT_FOUND)

    def post(self, request: BaseHTTPRequestHandler) -> None:
        """Touch the glass. Other pages of a browser are turned away."""
        origin = request.headers.get("Origin")
        if request.path != "/tap" or (origin and origin != f"http://{request.headers.get('Host')}"):
            request.send_error(HTTPStatus.NOT_FOUND)
            return
        wanted = json.loads(request.rfile.read(int(request.headers.get("Content-Length", "0"))))
        try:
            self._in_loop(self._tap(wanted))
        except NotOnScreen as missing:
            request.send_error(HTTPStatus.CONFLICT, explain=str(missing))
            return
        _send(request, b"{}", "application/json")

    async def _grab(self, *, half: bool) -> bytes:
        return png(grab(half=half))

    async def _screen(self) -> dict[str, Any]:
        shown = self._stage.shown
        return {
            "view": None if shown is None else type(shown).__name__,
            "awaiting": self._stage.awaiting,
            "warning": self._stage.warning,
            "names": self._player.names(),
            "places": self._player.places(),
            "texts": self._player.texts(),
            "first_frame_at": self._first_frame_at,
            "facts": _facts(shown),
        }

    async def _tap(self, wanted: dict[str, Any]) -> None:
        if "name" in wanted:
            await self._player.tap(str(wanted["name"]))
        elif "points" in wanted:
            await self._player.tap_wildly([(float(x), Window.height - float(y)) for x, y in wanted["points"]])
        else:
            held_s = float(wanted.get("held_s", TAP_S))
            await self._player.tap_at(float(wanted["x"]), Window.height - float(wanted["y"]), held_s)

    def _in_loop(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_ANSWER_S)


def _facts(shown: View[Any] | None) -> dict[str, str]:
    """Tell what cannot be told from texts: which question is asked, what a check found, what was delivered."""
    facts: dict[str, str] = {}
    match shown:
        case FormPage(question=question):
            facts = {"key": question.key, "kind": type(question).__name__}
        case VerificationResult(result=result):
            facts = {"result": result.name}
        case Delivered(reference=reference) | PaperCheck(reference=reference):
            facts = {"reference": reference or ""}
        case CaseProgress(case=case):
            facts = {"reference": case.case_number, "state": case.state.value}
        case EnterDigits(length=length):
            facts = {"length": str(length)}
        case Identify(reader=reader):
            facts = {"reader": reader.name}
        case ScanCode(sought=Sought.PRINTED_LINES):
            facts = {"sought": Sought.PRINTED_LINES.name}
    problem = getattr(shown, "problem", None)
    return facts if problem is None else {**facts, "problem": problem.code}


def _send(request: BaseHTTPRequestHandler, body: bytes, content_type: str) -> None:
    request.send_response(HTTPStatus.OK)
    request.send_header("Content-Type", content_type)
    request.send_header("Content-Length", str(len(body)))
    request.send_header("Cache-Control", "no-store")
    request.end_headers()
    request.wfile.write(body)
