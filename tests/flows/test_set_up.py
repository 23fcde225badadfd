"""Network and devices as a technician changes them later, behind the PIN; and the second half of the first start."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

import pytest

from devices.finding.api import PrinterFound
from devices.network.api import NetworkMissing, NoAddress, Security, StaticAddress, WifiNetwork, WifiRefused
from devices.printer.api import NotPrinted
from kiosk.attention import Attention
from kiosk.detection import printer_uri
from kiosk.first_start import Progress, Stage
from kiosk.flows.set_up.first_start import Alone, try_out
from kiosk.flows.set_up.network import address_of
from kiosk.flows.set_up.recovery_key import lines_of
from kiosk.set_up import Tools
from kiosk.staff import Staff, facts
from kiosk.stage import (
    Attract,
    Chosen,
    Done,
    EnterDigits,
    EnterText,
    Identify,
    SetUpPage,
    StaffAsked,
    Technician,
)
from kiosk.status_board import StatusBoard
from kiosk.store.settings import TestOutcome
from kiosk.technician_pin import PinGate, make_hash
from tests.fakes.loop import run
from tests.fakes.set_up import FakeFirstStart
from tests.fakes.stage import BACK, NOTHING, PlayedStage, Row, does, like
from tests.fakes.terminal import FakeTerminal
from tests.fakes.town import ZHANG_RESIDENT
from tests.terminal_parts import TERMINAL
from wire.text import Language

PIN = "40718293"
HASH = make_hash(PIN, bytes(16))
KEY = "tbcdjkle-vuhgtbrl-fkdncnhg-ihtrkbfe-lcvhdlju-tjnjdnil-bdugkicu-trhkgbun"
IN: list[Row] = [(Attract, StaffAsked.STAFF_ASKED), (EnterDigits, PIN)]
OUT: list[Row] = [(Technician, Done.DONE), (Attract, NOTHING)]
NETWORK = like(SetUpPage, title="Network")
STATIC = StaticAddress(IPv4Interface("192.168.1.20/24"), IPv4Address("192.168.1.1"), (IPv4Address("192.168.1.1"),))
OFFICE = WifiNetwork(b"office", 80, Security.PASSWORD)


class Rig:
    """A terminal with a technician, and what they set up with."""

    def __init__(self, folder: Path) -> None:
        self.terminal = FakeTerminal(folder)
        self.set_up = FakeFirstStart(folder)
        self.network = self.set_up.network
        self.changes = 0
        Progress(self.set_up.data_dir).begin()
        terminal = self.terminal
        board = StatusBoard((("card_reader", terminal.reader), ("printer", terminal.printer)), terminal.clock)
        self.terminal.staff = Staff(
            gate=PinGate(HASH, terminal.store.settings, terminal.clock),
            board=board,
            cameras={},
            printers={"printer": terminal.printer},
            facts=partial(facts, terminal.store, TERMINAL),
            note_tests=terminal.store.settings.note_first_tests,
            tools=Tools(
                file=self.set_up.file,
                network=self.network,
                finder=self.set_up.finder,
                serving=lambda: frozenset({"/dev/ttyS0"}),
                changed=self._changed,
            ),
        )

    def _changed(self) -> None:
        self.changes += 1

    def play(self, *rows: Row) -> None:
        self.terminal.play([*IN, *rows, *OUT])

    def try_out(self, rows: list[Row], recovery_key: Path) -> PlayedStage:
        """Play the second half of the first start."""
        return run(self._try_out(rows, recovery_key))

    async def _try_out(self, rows: list[Row], recovery_key: Path) -> PlayedStage:
        self.stage = stage = PlayedStage(rows)
        staff = self.terminal.staff
        assert staff is not None
        async with staff.board.watching():
            visit = Alone(self.terminal.equipment(stage), Attention())
            await try_out(visit, staff, Progress(self.set_up.data_dir), recovery_key)
        return stage


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.terminal.store.close()


def test_dhcp_and_a_set_address(rig: Rig) -> None:
    """A cable is set by hand, and back again; a mistyped address is asked for again with what was typed."""
    address = like(EnterText, title="This machine's address")
    rig.play(
        (Technician, Chosen("network")),
        (NETWORK, Chosen("wired:eth0")),
        (SetUpPage, Chosen("static")),
        (address, "192.168.1.20"),
        (like(EnterText, title="gateway"), "192.168.1.1"),
        (like(EnterText, title="name servers"), "192.168.1.1"),
        (like(EnterText, problem="network.address_wrong", text="192.168.1.20"), "192.168.1.20/24"),
        (like(EnterText, title="gateway", text="192.168.1.1"), "192.168.1.1"),
        (like(EnterText, title="name servers"), "192.168.1.1"),
        (NETWORK, Chosen("wired:eth0")),
        (SetUpPage, Chosen("dhcp")),
        (NETWORK, Chosen("wired:eth0")),
        (SetUpPage, BACK),
        (NETWORK, Done.DONE),
    )
    assert rig.network.deeds == [("eth0", STATIC), ("eth0", "dhcp")]


@pytest.mark.parametrize(
    "typed",
    [
        ("", "", ""),
        ("192.168.1.20", "", ""),
        ("192.168.1.20/33", "", ""),
        ("192.168.1.20/24", "10.0.0.1", ""),
        ("::1/64", "", ""),
        ("192.168.1.20/24", "", "dns"),
    ],
    ids=["empty", "no-prefix", "prefix", "gateway-elsewhere", "ipv6", "name"],
)
def test_addresses_that_are_none(typed: tuple[str, str, str]) -> None:
    """Nothing is set that could not work."""
    with pytest.raises(ValueError, match=r".+"):
        address_of(*typed)


def test_an_address_without_gateway_and_names() -> None:
    """A network of its own needs neither."""
    assert address_of(" 10.0.0.5/8 ", "", " ") == StaticAddress(IPv4Interface("10.0.0.5/8"))
    assert address_of("192.168.1.20/24", "192.168.1.1", "192.168.1.1, 8.8.8.8").name_servers[1] == IPv4Address(
        "8.8.8.8"
    )


@pytest.mark.fault("network", "network.wifi_refused")
@pytest.mark.fault("network", "network.password_wrong")
def test_wifi(rig: Rig) -> None:
    """A password that cannot be one is asked for again, a wrong one is told; the right one joins."""
    rig.network.in_reach = (OFFICE, replace(OFFICE, ssid=b"guest", security=Security.OPEN))
    choose = like(SetUpPage, title="Which Wi-Fi")
    rig.network.refuses = WifiRefused("refused")
    rig.play(
        (Technician, Chosen("network")),
        (NETWORK, Chosen("wifi")),
        (choose, Chosen("again")),
        (choose, Chosen("0")),
        (like(EnterText, secret=True, title="office"), "short"),
        (like(EnterText, problem="network.password_wrong"), "wrong horse"),
        (like(SetUpPage, problem="network.wifi_refused"), Chosen("wifi")),
        (choose, Chosen("0")),
        (EnterText, "correct horse"),
        (like(SetUpPage, title="Network", problem=None), Chosen("wifi")),
        (choose, Chosen("1")),
        (NETWORK, Done.DONE),
    )
    assert rig.network.deeds == [(b"office", "correct horse"), (b"guest", None)]


@pytest.mark.fault("network", "network.no_address")
def test_no_address_comes(rig: Rig) -> None:
    """A network that gives no address is told with its number, on the page where it can be changed."""
    rig.network.refuses = NoAddress("timeout")
    rig.play(
        (Technician, Chosen("network")),
        (NETWORK, Chosen("wired:eth0")),
        (SetUpPage, Chosen("dhcp")),
        (like(SetUpPage, problem="network.no_address"), BACK),
    )


def test_nothing_manages_the_network(rig: Rig) -> None:
    """Where the network is somebody else's, the page says so, and the proxy can still be set."""
    rig.network.cell.set(NetworkMissing())
    rig.play((Technician, Chosen("network")), (like(SetUpPage, problem="network.unmanaged"), Done.DONE))


@pytest.mark.fault("network", "network.address_wrong")
def test_the_proxy(rig: Rig) -> None:
    """It is kept in the configuration; its password is neither shown again nor asked to be kept; none is no proxy."""
    shown = like(SetUpPage, title="Network")
    rig.play(
        (Technician, Chosen("network")),
        (shown, Chosen("proxy")),
        (like(EnterText, text=""), "proxy.example"),
        (
            like(EnterText, problem="network.address_wrong", text="proxy.example"),
            "http://amt:geheim@proxy.example:3128",
        ),
        (shown, Chosen("proxy")),
        (like(EnterText, text=""), BACK),
        (shown, Done.DONE),
    )
    assert rig.set_up.file.load().centre.proxy == "http://amt:geheim@proxy.example:3128"
    assert rig.changes == 1
    assert "geheim" not in repr(rig.terminal.stage.views)


def test_devices_are_detected_again(rig: Rig) -> None:
    """Devices that serve are not opened by the search; what was taken is in the configuration, which is read anew."""
    rig.play((Technician, Chosen("devices")), (like(SetUpPage, title="devices were found"), Done.DONE))
    assert rig.set_up.finder.hints is not None
    assert rig.set_up.finder.hints.serving == {"/dev/ttyS0"}
    assert rig.set_up.file.load().camera.source == "/dev/video2"
    assert rig.changes == 1


@pytest.mark.fault("no printer at an address", code="network.no_printer")
def test_a_printer_on_the_network_by_its_address(rig: Rig) -> None:
    """What is no address, and where nobody answers, is said; a printer that answers takes the other one's place."""
    address = "ipp://192.168.1.30/ipp/print"
    rig.set_up.finder.at[address] = PrinterFound(address, "Hall Laser")
    page = like(SetUpPage, title="devices were found")
    rig.play(
        (Technician, Chosen("devices")),
        (page, Chosen("address")),
        (like(EnterText, title="printer's address", digits=True, problem=None), "192.168.1.30 x"),
        (like(EnterText, problem="network.address_wrong", text="192.168.1.30 x"), "192.168.1.31"),
        (like(EnterText, problem="network.no_printer", text="192.168.1.31"), BACK),
        (page, Chosen("address")),
        (like(EnterText, problem=None, text=""), "192.168.1.30"),
        (page, Done.DONE),
    )
    assert rig.set_up.file.load().printer.uri == address


@pytest.mark.parametrize(
    ("typed", "uri"),
    [
        ("192.168.1.30", "ipp://192.168.1.30/ipp/print"),
        (" printer.example:8631 ", "ipp://printer.example:8631/ipp/print"),
        ("ipp://10.0.0.9/printers/hall", "ipp://10.0.0.9/printers/hall"),
        ("ipp://[fe80::1]:631", "ipp://[fe80::1]:631/ipp/print"),
        *((wrong, None) for wrong in ("", "http://10.0.0.9", "ipp://", "a b", "ipp://a@b", "1.2.3.4:x", "a/b?c", "大")),
    ],
)
def test_what_an_address_may_be(typed: str, uri: str | None) -> None:
    """A bare address gets IPP Everywhere's path; names, ports and whole addresses are taken, nothing else is."""
    if uri is not None:
        assert printer_uri(typed) == uri
        return
    with pytest.raises(ValueError):  # noqa: PT011 - urllib's own, for a port
        printer_uri(typed)


def test_going_back_changes_nothing(rig: Rig) -> None:
    """Looking is free."""
    before = rig.set_up.path.read_bytes()
    rig.play((Technician, Chosen("devices")), (SetUpPage, BACK), (Technician, Chosen("network")), (NETWORK, BACK))
    assert rig.set_up.path.read_bytes() == before
    assert rig.changes == 0


def test_recovery_key_tests_and_the_last_page(rig: Rig, tmp_path: Path) -> None:
    """The key is shown, printed, and gone; what was tried and what was left out is noted; then all is done."""
    key = tmp_path / "key"
    key.write_text(f"{KEY}\n", encoding="ascii")
    rig.terminal.printer.next_outcome = NotPrinted("printer.out_of_paper")
    tests = like(SetUpPage, title="Try each device")
    stage = rig.try_out(
        [
            (like(SetUpPage, title="recovery key", problem=None), Chosen("print")),
            (like(SetUpPage, title="recovery key", problem="printer.out_of_paper"), Chosen("print")),
            (like(SetUpPage, title="recovery key", problem=None), Done.DONE),
            (tests, Chosen("card_reader:reader")),
            (Identify, does(rig.terminal.reader.insert, ZHANG_RESIDENT)),
            (tests, Done.DONE),
            (like(SetUpPage, title="Ready"), Done.DONE),
        ],
        key,
    )
    assert not key.exists()
    assert len(rig.terminal.printer.jobs) == 2
    assert rig.terminal.store.settings.first_tests() == (
        TestOutcome(kind="card_reader", name="reader", tried=True),
        TestOutcome(kind="printer", name="printer", tried=False),
    )
    assert KEY[:8] not in repr(stage.views)
    assert not any(view.can_leave for view in stage.views)
    assert not (rig.set_up.data_dir / "first-start.json").exists()
    last = next(view for view in reversed(stage.views) if isinstance(view, SetUpPage))
    assert any("1 well, 0 with a fault, 1 left out" in row.note.in_language(Language.EN) for row in last.rows)


def test_without_a_recovery_key(rig: Rig, tmp_path: Path) -> None:
    """A machine without an encrypted partition is not asked about one; after a power cut neither is one that was."""
    rows: list[Row] = [
        (like(SetUpPage, title="Try each device"), Done.DONE),
        (like(SetUpPage, title="Ready"), Done.DONE),
    ]
    rig.try_out(rows, tmp_path / "none")
    (tmp_path / "key").write_text(KEY, encoding="ascii")
    Progress(rig.set_up.data_dir).done(Stage.RECOVERY)
    rig.try_out(rows, tmp_path / "key")


def test_a_key_in_lines() -> None:
    """Two groups a line, as a hand copies them."""
    assert lines_of(KEY) == [KEY[at : at + 17] for at in range(0, 72, 18)]
