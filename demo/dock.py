"""The dock: a page on loopback with a button for everything that a hand could do to the virtual hardware."""

import asyncio
import html
import json
import secrets
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_PAGE = Path(__file__).with_name("dock.html")
_ACTION_S = 30.0


@dataclass(frozen=True, slots=True)
class Action:
    """One button: where it stands, what it says, and what it does."""

    group: str
    label: str
    act: Callable[[], Awaitable[None]]


class Dock:
    """Serves the dock at ``url``, which holds a secret: no other page in the browser can press its buttons.

    ``actions`` run in the event loop that made the dock. ``state`` tells what the page shows of the hardware.
    ``screen_url`` is the live screen, where the demo serves it.
    """

    def __init__(
        self, actions: Mapping[str, Action], state: Callable[[], Mapping[str, str]], screen_url: str | None = None
    ) -> None:
        self._actions = actions
        self._state = state
        self._screen_url = screen_url
        self._secret = secrets.token_urlsafe(12)
        self._loop = asyncio.get_running_loop()
        dock = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                dock.get(self)

            def do_POST(self) -> None:
                dock.post(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="dock", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where to open the dock."""
        return f"http://127.0.0.1:{self._server.server_port}/{self._secret}/"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def get(self, request: BaseHTTPRequestHandler) -> None:
        """Answer with the page, or with the hardware's state."""
        if request.path == f"/{self._secret}/":
            page = _PAGE.read_text(encoding="utf-8")
            screen = f'<iframe src="{html.escape(self._screen_url)}"></iframe>' if self._screen_url else ""
            answer(request, page.replace("{{buttons}}", self._buttons()).replace("{{screen}}", screen))
        elif request.path == f"/{self._secret}/state":
            answer(request, json.dumps(dict(self._state()), ensure_ascii=False), "application/json")
        else:
            request.send_error(HTTPStatus.NOT_FOUND)

    def post(self, request: BaseHTTPRequestHandler) -> None:
        """Press a button, and answer when it has done its work."""
        secret, _, name = request.path.strip("/").partition("/")
        action = self._actions.get(name)
        if secret != self._secret or action is None:
            request.send_error(HTTPStatus.NOT_FOUND)
            return

        async def press() -> None:
            await action.act()

        asyncio.run_coroutine_threadsafe(press(), self._loop).result(_ACTION_S)
        answer(request, "{}", "application/json")

    def _buttons(self) -> str:
        groups: dict[str, list[str]] = {}
        for name, action in self._actions.items():
            button = f'<button data-do="{html.escape(name)}">{html.escape(action.label)}</button>'
            groups.setdefault(action.group, []).append(button)
        return "".join(_group(title, buttons) for title, buttons in groups.items())


def answer(request: BaseHTTPRequestHandler, text: str, content_type: str = "text/html") -> None:
    """Send a text."""
    body = text.encode()
    request.send_response(HTTPStatus.OK)
    request.send_header("Content-Type", f"{content_type}; charset=utf-8")
    request.send_header("Content-Length", str(len(body)))
    request.send_header("Cache-Control", "no-store")
    request.end_headers()
    request.wfile.write(body)


def _group(title: str, buttons: Sequence[str]) -> str:
    return f"<section><h2>{html.escape(title)}</h2>{''.join(buttons)}</section>"
