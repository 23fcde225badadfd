"""Puts the virtual printer on loopback HTTP as an IPP printer (RFC 8010, 8011; PWG 5100.14)."""

import contextlib
import socket
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from devices.printer import ipp
from devices.virtual.printer import VirtualPrinter
from devices.virtual.printer_attributes import A4, VirtualPaper
from devices.virtual.printer_ipp import IppFrontend
from devices.virtual.printer_parts import nobody

PDF_FIRST = ("application/pdf", "image/pwg-raster", "image/urf", "application/octet-stream")
RASTER_ONLY = ("image/pwg-raster", "image/urf", "application/octet-stream")


class PrinterServer:
    """Serves one printer at ``uri`` until closed; goes dark and comes back as the printer's power does."""

    def __init__(self, printer: VirtualPrinter, formats: tuple[str, ...] = PDF_FIRST, paper: VirtualPaper = A4) -> None:
        self.printer = printer
        self._paper = paper
        self._formats = formats
        self._port = 0
        self._lock = threading.Lock()
        self._http: _Http | None = None
        self._light()
        printer.on_power = self._switch

    @property
    def uri(self) -> str:
        """Where CUPS and the driver find it; the port stays the same when power comes back."""
        return f"ipp://127.0.0.1:{self._port}/ipp/print"

    def close(self) -> None:
        """Stop answering."""
        self.printer.on_power = nobody
        self._darken()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _switch(self, *, on: bool) -> None:
        if on:
            self._light()
        else:
            threading.Thread(target=self._darken, daemon=True).start()

    def _light(self) -> None:
        with self._lock:
            if self._http is None:
                self._http = _Http(self._port)
                self._port = self._http.server_address[1]
                self._http.frontend = IppFrontend(self.printer, self.uri, self._formats, self._paper)
                threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def _darken(self) -> None:
        with self._lock:
            http, self._http = self._http, None
            if http is not None:
                http.go_dark()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    frontend: IppFrontend

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self._open: set[socket.socket] = set()

    def process_request(self, request: object, client_address: object) -> None:
        assert isinstance(request, socket.socket)  # noqa: S101 - what TCPServer hands over
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: object) -> None:
        assert isinstance(request, socket.socket)  # noqa: S101 - what TCPServer hands over
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: a client that hangs up is daily life for a printer."""

    def go_dark(self) -> None:
        self.shutdown()
        self.server_close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One packet an answer: a head that travels alone waits 40 ms for the client's delayed acknowledgement.
    wbufsize = 65536
    disable_nagle_algorithm = True
    server: _Http
    timeout = 60

    def do_POST(self) -> None:
        try:
            request = ipp.decode(self._body())
        except (ipp.IppError, ValueError):
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        answer = ipp.encode(self.server.frontend.answer(request))
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/ipp")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def handle_expect_100(self) -> bool:
        """Ask for the body at once: the buffer would keep the word back, and the client waits a second for it."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by http.server
        """Keep quiet."""
