"""The screens of a terminal's set-up with example content, as data."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface
from typing import Any

from devices.finding.api import CameraFound, Found, PcscFound, PrinterFound, SamFound
from devices.network.api import Connected, Link, LinkKind, LinkState, NetworkMissing, Security, WifiNetwork
from kiosk import stage
from kiosk.detection import first_choice
from kiosk.flows.set_up import (
    clock,
    decommission,
    devices,
    first_tests,
    join_centre,
    network,
    pin,
    printer_address,
    recovery_key,
    stick,
    update,
    wifi,
)
from kiosk.flows.set_up.first_start import ready_page, welcome_page
from kiosk.flows.set_up.steps import NEXT, At, bar
from screens.gallery_staff import FACTS, STATES, result_of
from wire.problems import problem

_LINKS = (
    Link(
        "eth0", LinkKind.WIRED, LinkState.UP, IPv4Interface("192.168.20.57/24"), IPv4Address("192.168.20.1"),
        (IPv4Address("192.168.20.1"),),
    ),
    Link("wlan0", LinkKind.WIFI, LinkState.DOWN),
)  # fmt: skip
_IN_REACH = (
    WifiNetwork("政务服务大厅".encode(), 84, Security.PASSWORD),
    WifiNetwork(b"Hall-Guest", 61, Security.OPEN),
    WifiNetwork(b"eduroam", 44, Security.UNSUPPORTED),
    WifiNetwork("便民😀5G".encode(), 20, Security.PASSWORD),
)
_FOUND = Found(
    (
        PcscFound("ACS ACR39U ICC Reader 00 00"),
        SamFound("/dev/ttyUSB0", "module behind a WCH CH340 USB serial converter"),
    ),
    (CameraFound("/dev/video0", "HD USB Camera", 1280, 720), CameraFound("/dev/video2", "Integrated Camera", 640, 480)),
    (
        PrinterFound("ipp://localhost:60000/ipp/print", "Pantum BM5100ADW series"),
        PrinterFound("ipp://localhost:60001/ipp/print", "Example Receipt 80", 80),
    ),
)
_KEY = "tbcdjkle-vuhgtbrl-fkdncnhg-ihtrkbfe-lcvhdlju-tjnjdnil-bdugkicu-trhkgbun"
_PLACE = network.Place(NEXT, bar(At.NETWORK), can_leave=False)


def set_up_views() -> Iterator[tuple[str, stage.View[Any]]]:
    """Yield every example with its name."""
    yield "set-up-welcome", welcome_page()
    yield "set-up-network", network.page(Connected(_LINKS), "http://user:geheim@proxy.example:3128", _PLACE)
    yield "set-up-network-missing", network.page(NetworkMissing(), None, _PLACE)
    yield "set-up-wired", network.how_page()
    yield "set-up-address", replace(network.address_view(0, "192.168.1.20"), problem=problem("network.address_wrong"))
    yield "set-up-wifi", wifi.page(_IN_REACH)
    yield "set-up-wifi-password", replace(wifi.password_view(_IN_REACH[0]), text="hunter2 hunter2")
    yield "set-up-scan", replace(join_centre.SCAN, problem=problem("scan.not_an_invitation"))
    yield "set-up-centre", join_centre.url_view("https://centre.example")
    yield "set-up-code", join_centre.code_view("ABCD2345")
    yield (
        "set-up-refused",
        stage.ProblemShown(
            problem=problem("wire.enrolment_refused"),
            can_retry=True,
            step=bar(At.CENTRE),
            can_go_back=False,
            can_leave=False,
        ),
    )
    yield "set-up-devices", devices.page(first_choice(_FOUND), replace(_PLACE, step=bar(At.DEVICES)))
    yield "set-up-devices-none", devices.page(first_choice(Found()), replace(_PLACE, step=bar(At.DEVICES)))
    nobody = problem("network.no_printer")
    yield "set-up-printer", replace(printer_address.address_view("192.168.1.30"), problem=nobody)
    yield "set-up-pin", pin.FIRST
    yield "set-up-recovery", recovery_key.page(_KEY, can_print=True)
    yield (
        "set-up-tests",
        first_tests.page(
            STATES,
            {("printer", "certificates"): result_of(None), ("card_reader", STATES[1].name): result_of("card.garbled")},
        ),
    )
    yield "set-up-ready", ready_page(FACTS)
    yield "set-up-decommission", decommission.PAGE
    yield "set-up-update", update.PAGE
    yield "set-up-stick", stick.PAGE
    yield "set-up-clock", replace(clock.VIEW, problem=problem("terminal.time_wrong"))
