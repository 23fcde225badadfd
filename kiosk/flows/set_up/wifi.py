"""Choose a Wi-Fi network in reach, and join it."""

from dataclasses import replace

from devices.network.api import Network, Security, WifiNetwork, WifiPassword
from kiosk.showing import Showing
from kiosk.stage import Chosen, EnterText, Row, SetUpPage, Waiting
from wire.problems import problem
from wire.text import Text

_SEARCHING = Text(zh="正在搜索无线网络", en="Looking for Wi-Fi networks")
_TITLE = Text(zh="加入哪个无线网络？", en="Which Wi-Fi network?")
_NONE = Text(
    zh="没有搜到无线网络。请靠近路由器，或者插网线。", en="No network in reach. Move closer to it, or use a cable."
)
_AGAIN = Text(zh="重新搜索", en="Look again")
_PASSWORD_HINT = Text(zh="无线密码，8 至 63 个字符", en="its password, 8 to 63 characters")
_JOINING = Text(zh="正在连接无线网络", en="Joining the network")
_STRONG, _FAIR = 67, 34
_KINDS = {
    Security.OPEN: Text(zh="没有密码", en="no password"),
    Security.PASSWORD: Text(zh="需要密码", en="password"),
    Security.UNSUPPORTED: Text(zh="这里不支持这种网络", en="of a kind that is not supported here"),
}


async def choose_wifi(at: Showing, network: Network) -> None:
    """Join a network. Raises :class:`~devices.network.api.NetworkError`, WentBack."""
    while True:
        found = await at.while_waiting(
            Waiting(message=_SEARCHING, can_go_back=False, can_leave=False), lambda _: network.wifi_networks()
        )
        chosen = await at.show(page(found))
        if isinstance(chosen, Chosen) and chosen.code.isdigit():
            await _join(at, network, found[int(chosen.code)])
            return


def page(found: tuple[WifiNetwork, ...]) -> SetUpPage:
    """Return the networks in reach."""
    rows = tuple(_row(number, one) for number, one in enumerate(found))
    hint = Text(zh="", en="") if found else _NONE
    return SetUpPage(title=_TITLE, hint=hint, rows=rows, other=("again", _AGAIN), can_leave=False)


async def _join(at: Showing, network: Network, chosen: WifiNetwork) -> None:
    password = await _ask_password(at, chosen) if chosen.security is Security.PASSWORD else None
    await at.while_waiting(
        Waiting(message=_JOINING, can_go_back=False, can_leave=False), lambda _: network.join(chosen.ssid, password)
    )


async def _ask_password(at: Showing, chosen: WifiNetwork) -> WifiPassword:
    view = password_view(chosen)
    while True:
        typed = await at.show(view)
        try:
            return WifiPassword(typed.strip())
        except ValueError:
            view = replace(view, problem=problem("network.password_wrong"))


def password_view(chosen: WifiNetwork) -> EnterText:
    """Return the question for a network's password."""
    title = Text(zh=chosen.title, en=chosen.title)
    return EnterText(title=title, prompt=_PASSWORD_HINT, most=63, secret=True, can_leave=False)


def _row(number: int, network: WifiNetwork) -> Row:
    strength = "强" if network.signal >= _STRONG else "中" if network.signal >= _FAIR else "弱"
    said = {"强": "strong", "中": "fair", "弱": "weak"}[strength]
    kind = _KINDS[network.security]
    return Row(
        Text(zh=network.title, en=network.title),
        Text(zh=f"信号{strength} · {kind.zh}", en=f"{said} · {kind.en}"),
        icon="wifi",
        key=None if network.security is Security.UNSUPPORTED else str(number),
    )
