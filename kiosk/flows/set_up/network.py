"""The network of the terminal: how it is connected, and what can be changed about it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import IPv4Address, IPv4Interface
from urllib.parse import urlsplit

from devices.network.api import (
    Link,
    LinkKind,
    LinkState,
    NetworkError,
    NetworkMissing,
    NetworkStatus,
    StaticAddress,
)
from kiosk.config import ConfigWrong
from kiosk.flows.set_up.wifi import choose_wifi
from kiosk.set_up import Tools
from kiosk.showing import Showing
from kiosk.stage import Chosen, Done, EnterText, Row, RowState, SetUpPage, Step, Waiting, WentBack
from wire.problems import problem
from wire.text import Text

TITLE = Text(zh="网络", en="Network")
_HINT = Text(
    zh="插好网线会自动连接。要改动，请按对应的一行。",
    en="A cable connects by itself. Touch a line to change it.",
)
_LOOKING = Text(zh="正在查看网络", en="Looking at the network")
_SETTING = Text(zh="正在设置网络", en="Setting the network")
_CABLE = Text(zh="网线", en="Cable")
_WIFI = Text(zh="无线网络", en="Wi-Fi")
_PROXY = Text(zh="代理服务器", en="Proxy")
_NO_PROXY = Text(zh="不使用", en="none")
_HOW = Text(zh="这条网线怎样取得地址？", en="How does this cable get its address?")
_AUTOMATIC = Text(zh="自动取得（DHCP）", en="By itself (DHCP)")
_AUTOMATIC_NOTE = Text(zh="多数网络是这样", en="as in most networks")
_BY_HAND = Text(zh="手工设置", en="Set by hand")
_BY_HAND_NOTE = Text(zh="由网络管理员给出地址", en="with an address from the network's administrator")
_ADDRESS = Text(zh="这台机器的地址", en="This machine's address")
_ADDRESS_HINT = Text(zh="地址和前缀长度，例如 192.168.1.20/24", en="with its prefix, such as 192.168.1.20/24")
_GATEWAY = Text(zh="网关的地址", en="The gateway's address")
_GATEWAY_HINT = Text(zh="例如 192.168.1.1；没有网关就留空", en="such as 192.168.1.1; empty where there is none")
_SERVERS = Text(zh="域名服务器的地址", en="The name servers' addresses")
_SERVERS_HINT = Text(zh="例如 192.168.1.1；两个之间用空格", en="such as 192.168.1.1; a blank between two")
_PROXY_TITLE = Text(zh="通过哪个代理服务器连接中心？", en="Which proxy leads to the centre?")
_PROXY_HINT = Text(
    zh="例如 http://proxy.example:3128 ；有密码时写 http://用户名:密码@…；不用代理就留空",
    en="such as http://proxy.example:3128, or http://name:password@…; empty for none",
)
_STATES = {
    LinkState.DOWN: Text(zh="没有连接", en="not connected"),
    LinkState.CONNECTING: Text(zh="正在连接", en="connecting"),
    LinkState.UP: Text(zh="已连接", en="connected"),
}
_FIRST_LOOK_S = 2.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where this page stands: in the first start, or on the technician's screen."""

    main: Text
    step: Step | None = None
    can_leave: bool = True


async def set_network(at: Showing, tools: Tools, place: Place) -> None:
    """Show the network until it is as it should be; everything may be changed. Raises WentBack."""
    looking = Waiting(message=_LOOKING, step=place.step, can_go_back=False, can_leave=place.can_leave)
    await at.while_waiting(looking, lambda _: _look(tools))
    wrong: str | None = None
    while True:
        status = tools.network.status
        view = page(status, tools.file.load().centre.proxy, place)
        if wrong is not None:
            view = replace(view, problem=problem(wrong))
        match await at.show_until(view, tools.network.changed(status), somebody=False):
            case Done.DONE:
                return
            case Chosen(key):
                wrong = await _change(at, tools, key)
            case _:
                pass  # it changed by itself


async def _look(tools: Tools) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_FIRST_LOOK_S):
            await tools.network.changed(NetworkMissing())


async def _change(at: Showing, tools: Tools, key: str) -> str | None:
    """Change one thing. Return the code of what went wrong; going back changes nothing."""
    kind, _, interface = key.partition(":")
    try:
        match kind:
            case "wired":
                await _set_wired(at, tools, interface)
            case "wifi":
                await choose_wifi(at, tools.network)
            case _:
                await _set_proxy(at, tools)
    except WentBack:
        return None
    except NetworkError as error:
        return error.code
    return None


def page(status: NetworkStatus, proxy: str | None, place: Place) -> SetUpPage:
    """Return how the network is. Of the proxy, name and password are not shown."""
    links = () if isinstance(status, NetworkMissing) else status.links
    rows = [_link_row(link) for link in links if link.kind is LinkKind.WIRED]
    radios = [link for link in links if link.kind is LinkKind.WIFI]
    rows += [replace(_link_row(link), key="wifi") for link in radios]
    told = urlsplit(proxy or "")
    shown = (
        Text(zh=f"{told.hostname}:{told.port or ''}", en=f"{told.hostname}:{told.port or ''}") if proxy else _NO_PROXY
    )
    rows.append(Row(_PROXY, shown, icon="proxy", key="proxy"))
    return SetUpPage(
        title=TITLE,
        hint=_HINT,
        rows=tuple(rows),
        problem=problem("network.unmanaged") if isinstance(status, NetworkMissing) else None,
        main=place.main,
        step=place.step,
        can_leave=place.can_leave,
    )


def how_page() -> SetUpPage:
    """Return the choice of where a cable's address comes from."""
    rows = (
        Row(_AUTOMATIC, _AUTOMATIC_NOTE, icon="cable", key="dhcp"),
        Row(_BY_HAND, _BY_HAND_NOTE, icon="edit", key="static"),
    )
    return SetUpPage(title=_HOW, rows=rows, can_leave=False)


def _link_row(link: Link) -> Row:
    state = _STATES[link.state]
    wired = link.kind is LinkKind.WIRED
    address, gateway = str(link.address or ""), link.gateway
    told = [Text(zh=one, en=one) for one in (link.network, address) if one]
    if gateway is not None:
        told.append(Text(zh=f"网关 {gateway}", en=f"gateway {gateway}"))
    parts = (state, *told)
    title = _CABLE if wired else _WIFI
    return Row(
        Text(zh=f"{title.zh} {link.interface}", en=f"{title.en} {link.interface}"),
        Text(zh="，".join(part.zh for part in parts), en=", ".join(part.en for part in parts)),
        icon="cable" if wired else "wifi",
        state=RowState.GOOD if link.state is LinkState.UP else RowState.PLAIN,
        key=f"wired:{link.interface}",
    )


async def _set_wired(at: Showing, tools: Tools, interface: str) -> None:
    how = await at.show(how_page())
    if how == Chosen("dhcp"):
        work = partial(tools.network.use_dhcp, interface)
    else:
        work = partial(tools.network.use_static, interface, await _ask_address(at))
    await at.while_waiting(Waiting(message=_SETTING, can_go_back=False, can_leave=False), lambda _: work())


async def _ask_address(at: Showing) -> StaticAddress:
    """Ask for address, gateway and name servers, again where one cannot be."""
    texts = ["", "", ""]
    wrong = None
    while True:
        for place in range(len(texts)):
            texts[place] = await at.show(replace(address_view(place, texts[place]), problem=wrong))
            wrong = None
        try:
            return address_of(*texts)
        except ValueError:
            wrong = problem("network.address_wrong")


def address_view(place: int, text: str) -> EnterText:
    """Return the question for the address (0), the gateway (1) or the name servers (2)."""
    title, hint = ((_ADDRESS, _ADDRESS_HINT), (_GATEWAY, _GATEWAY_HINT), (_SERVERS, _SERVERS_HINT))[place]
    return EnterText(
        title=title, prompt=hint, text=text, least=0 if place else 1, most=80, digits=True, can_leave=False
    )


def address_of(address: str, gateway: str, servers: str) -> StaticAddress:
    """Return the address that was typed. Raises ValueError: also for one without its prefix, which would be alone."""
    if "/" not in address:
        raise ValueError("no prefix")
    return StaticAddress(
        IPv4Interface(address.strip()),
        IPv4Address(gateway.strip()) if gateway.strip() else None,
        tuple(IPv4Address(one) for one in servers.replace(",", " ").split()),
    )


async def _set_proxy(at: Showing, tools: Tools) -> None:
    now = tools.file.load().centre.proxy or ""
    view = EnterText(
        title=_PROXY_TITLE, prompt=_PROXY_HINT, text="" if "@" in now else now, least=0, most=200, can_leave=False
    )
    while True:
        typed = (await at.show(view)).strip()
        try:
            tools.file.change({"centre": {"proxy": typed or None}})
        except ConfigWrong:
            view = replace(view, text=typed, problem=problem("network.address_wrong"))
        else:
            tools.changed()
            return
