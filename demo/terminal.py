"""A terminal of the demo: configuration, enrolment, sync process and application, on virtual hardware."""

import json
import socket
from pathlib import Path

from demo.glass import Glass
from demo.hardware import QUEUE, Hardware
from demo.process import Child
from kiosk.technician_pin import make_hash

_CONFIG = """\
data_dir = {data_dir}

[centre]
url = {url}

[[card_readers]]
kind = "pcsc"
name = {reader}

[[card_readers]]
kind = "sam"
port = {sam_port}

[camera]
source = {camera}

[printer]
queue = {queue}
uri = {printer}
cups_socket = {cups}

[screen]
width = {width}
height = {height}

[session]
idle_s = {idle_s}
warning_s = {warning_s}

[speech]
enabled = {speech}

[technician]
pin_hash = {pin_hash}
"""
TECHNICIAN_PIN = "40718293"


class Terminal:
    """One terminal, all of whose files are below ``root``. ``centre_url`` may be a line that can be cut.

    ``speech``: through this machine's own loudspeaker, where it has one.
    """

    def __init__(
        self,
        root: Path,
        hardware: Hardware,
        centre_url: str,
        *,
        size: tuple[int, int] = (1080, 1920),
        idle_s: int = 60,
        warning_s: int = 15,
        speech: bool = False,
    ) -> None:
        self.root = root
        self.hardware = hardware
        home, scratch = root / "home", root / "tmp"
        for folder in (root, home, scratch):
            folder.mkdir(exist_ok=True)
        self.data_dir = root / "data"
        self.config = root / "terminal.toml"
        self.log = root / "terminal.log"
        self._port = _free_port()
        self.glass = Glass(f"http://127.0.0.1:{self._port}")
        values = {
            "data_dir": str(self.data_dir),
            "url": centre_url,
            "reader": hardware.reader_name,
            "sam_port": str(hardware.sam_port),
            "camera": hardware.camera.url,
            "queue": QUEUE,
            "printer": hardware.printer_uri,
            "cups": str(hardware.cupsd.socket),
            "width": size[0],
            "height": size[1],
            "idle_s": idle_s,
            "warning_s": warning_s,
            "speech": speech,
            "pin_hash": make_hash(TECHNICIAN_PIN),
        }
        # JSON's strings and numbers are TOML's
        self.config.write_text(_CONFIG.format(**{key: json.dumps(value) for key, value in values.items()}))
        self._environment = {**hardware.environment, "TMPDIR": str(scratch), "HOME": str(home)}
        self.app = self.child("run", "--live-port", str(self._port))
        self.sync = self.child("sync")

    async def enrol(self, code: str) -> None:
        """Enrol with a one-time code of the centre."""
        await self.command("enrol", code)

    async def start(self) -> None:
        """Start the sync process and the application."""
        await self.sync.start()
        await self.app.start()

    async def stop(self) -> None:
        """End both, as the system does at a shutdown."""
        await self.app.stop()
        await self.sync.stop()

    async def restart_app(self) -> None:
        """Start the application again after it ended."""
        await self.app.start()

    async def command(self, name: str, *arguments: str) -> str:
        """Run one command of ``bianmin`` on this terminal, and return what it printed."""
        return await self.child(name, *arguments).run()

    def child(self, command: str, *arguments: str) -> Child:
        """Return one command of ``bianmin`` on this terminal, not started."""
        return Child(
            "kiosk", command, "--config", str(self.config), *arguments, log=self.log, environment=self._environment
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
