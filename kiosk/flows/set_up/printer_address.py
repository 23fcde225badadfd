"""A printer on the network, by the address that its panel or label tells: typed, asked, and taken when it answers."""

from dataclasses import replace

from devices.finding.api import Finder, PrinterFound
from kiosk.detection import printer_uri
from kiosk.showing import Showing
from kiosk.stage import EnterText, Waiting
from wire.problems import problem
from wire.text import Text

_ASKING = Waiting(
    message=Text(zh="正在询问打印机", en="Asking the printer"),
    detail=Text(zh="只需几秒钟。", en="It takes a few seconds."),
    can_go_back=False,
    can_leave=False,
)


async def printer_by_address(at: Showing, finder: Finder) -> PrinterFound:
    """Ask for an address until a printer answers there. Raises WentBack."""
    view = address_view("")
    while True:
        typed = await at.show(view)
        try:
            uri = printer_uri(typed)
        except ValueError:
            view = replace(address_view(typed), problem=problem("network.address_wrong"))
            continue
        found = await at.while_waiting(_ASKING, lambda _, uri=uri: finder.printer_at(uri))  # type: ignore[misc]
        if found is not None:
            return found
        view = replace(address_view(typed), problem=problem("network.no_printer"))


def address_view(typed: str) -> EnterText:
    """Return the question for the address."""
    return EnterText(
        title=Text(zh="网络打印机的地址", en="The printer's address"),
        prompt=Text(
            zh="在打印机面板的“网络”里查看，例如 192.168.1.30",
            en="Its panel tells it, below network: such as 192.168.1.30",
        ),
        text=typed,
        least=3,
        most=200,
        digits=True,
        can_leave=False,
    )
