"""The technician's PIN is chosen, twice the same: there is none before, and no default."""

import asyncio
from dataclasses import replace

from kiosk.flows.set_up.steps import At, bar
from kiosk.set_up import Tools
from kiosk.showing import Showing
from kiosk.stage import EnterDigits, WentBack
from kiosk.technician_pin import PIN_DIGITS, make_hash
from wire.problems import Problem, problem
from wire.text import Text

_TITLE = Text(zh="设置技术人员密码", en="Choose the technician's PIN")
_HINT = Text(
    zh="8 位数字。以后长按首页左上角的徽标 5 秒，用它打开技术人员界面。请记好，不要写在机器上。",
    en="Eight digits. Later it opens the technician's screen: hold the emblem at the top left for five seconds."
    " Keep it, and do not write it on the machine.",
)
_AGAIN = Text(zh="再输入一次", en="Once more")
_AGAIN_HINT = Text(zh="与刚才的 8 位数字相同", en="the same eight digits")
_STEP = bar(At.PIN)


def _asking(title: Text, hint: Text, wrong: Problem | None, *, can_go_back: bool = True) -> EnterDigits:
    return EnterDigits(
        title=title,
        prompt=hint,
        length=PIN_DIGITS,
        secret=True,
        problem=wrong,
        step=_STEP,
        can_go_back=can_go_back,
        can_leave=False,
    )


FIRST = _asking(_TITLE, _HINT, None, can_go_back=False)


async def choose_pin(at: Showing, tools: Tools) -> None:
    """Keep a PIN's hash in the configuration."""
    wrong: Problem | None = None
    while True:
        try:
            pin = await at.show(replace(FIRST, problem=wrong))
            made = await asyncio.to_thread(make_hash, pin)
            if await at.show(_asking(_AGAIN, _AGAIN_HINT, None)) == pin:
                break
            wrong = problem("terminal.pin_differs")
        except WentBack:
            wrong = None
        except ValueError:
            wrong = problem("terminal.pin_weak")
    tools.file.change({"technician": {"pin_hash": made}})
