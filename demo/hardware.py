"""All virtual hardware of one terminal, at the far end of the real stacks, with a hand for everything."""

import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.paper import foot_of, photograph_page
from devices.virtual.camera import VirtualCamera
from devices.virtual.card_resident import ResidentCard
from devices.virtual.card_social_security import SocialSecurityCard, UnknownCard
from devices.virtual.cupsd import CupsDaemon
from devices.virtual.pcscd import VirtualPcscd
from devices.virtual.people import Person
from devices.virtual.printer import Trouble, VirtualPrinter
from devices.virtual.printer_server import PrinterServer
from devices.virtual.sam_module import VirtualSamModule

QUEUE = "certificates"
PAGE_S = 0.8


class Hardware:
    """Readers behind a private pcscd and a pty, a camera behind HTTP, a printer behind a private cupsd.

    Everything lies in a new directory that ``close`` deletes. The pieces are public: tests reach for their faults.
    """

    def __init__(self, *, page_s: float = PAGE_S) -> None:
        # a short path: the name of a unix socket holds 107 bytes
        self.root = Path(tempfile.mkdtemp(prefix="bianmin-"))
        self.root.chmod(0o711)  # CUPS's backends run as lp, and pass through here to the spool
        self.pcscd = VirtualPcscd()
        self.sam = VirtualSamModule()
        self.camera = VirtualCamera()
        self.cupsd = CupsDaemon(self.root / "cups")
        self.printer = VirtualPrinter(page_s=page_s)
        self._ipp = PrinterServer(self.printer)
        self.pcscd.start()
        self.cupsd.start()

    @property
    def printer_uri(self) -> str:
        """The printer's IPP address."""
        return self._ipp.uri

    @property
    def reader_name(self) -> str:
        """The contact reader's name, as PC/SC lists it."""
        return self.pcscd.reader_names[0]

    @property
    def sam_port(self) -> str:
        """The serial port of the SAM module."""
        return self.sam.port

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to find the readers."""
        return self.pcscd.environment

    def insert_social_security_card(self, person: Person) -> None:
        """Put somebody's social security card into the contact reader."""
        self.pcscd.slots[0].insert(SocialSecurityCard(person))

    def put_resident_card(self, person: Person) -> None:
        """Put somebody's resident card onto the reader with the SAM module."""
        self.sam.insert(ResidentCard(person))

    def insert_unknown_card(self) -> None:
        """Put a card of another kind into the contact reader."""
        self.pcscd.slots[0].insert(UnknownCard())

    def show_last_page(self) -> None:
        """Hold the last printed page under the camera."""
        if self.printer.received:
            self.camera.show_image(foot_of(photograph_page(self.printer.received[-1].pdf)))

    def take_paper(self) -> None:
        """Take what lies in the output tray."""
        self.printer.take_paper()

    def take_cards(self) -> None:
        """Take every card away."""
        self.pcscd.slots[0].remove()
        self.sam.remove()

    def state(self) -> dict[str, str]:
        """Tell how things lie, for the dock."""
        return {
            "社保卡读卡器 Contact reader": "有卡 card" if self.pcscd.slots[0].card else "空 empty",
            "身份证读卡器 Resident card reader": "有卡 card" if self.sam.card else "空 empty",
            "纸 Paper": f"{self.printer.sheets}",
            "出纸口 Tray": f"{len(self.printer.tray)}",
            "打印机 Printer": ", ".join(self.printer.reasons),
        }

    def mend_printer(self) -> None:
        """End every trouble of the printer and fill its tray."""
        self.printer.mend()
        self.printer.refill()

    def jam_printer(self) -> None:
        """Jam the paper."""
        self.printer.trouble(Trouble.JAM)

    def close(self) -> None:
        """Stop everything and delete what it kept."""
        self._ipp.close()
        self.printer.close()
        self.cupsd.wipe()
        self.camera.close()
        self.sam.close()
        self.pcscd.close()
        shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
