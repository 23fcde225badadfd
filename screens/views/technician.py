"""How the terminal and its devices are, for a technician, with a button to try each device."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from kivy.app import App
from kivy.properties import StringProperty

from kiosk.stage import Chosen, DeviceLine, Done, TestDevice, TestResult
from screens.rows import row_entry
from screens.screen import Screen
from screens.typesetting import text_height
from screens.widgets.button import PushButton
from screens.widgets.kv import load_beside
from screens.widgets.label import Words
from screens.widgets.pager import Entry
from screens.widgets.panel import Panel, fact
from wire.clock import CHINA
from wire.problems import Problem
from wire.text import Text

load_beside(__file__)

_ICONS = {"card_reader": "card", "camera": "camera", "scanner": "qr", "printer": "paper", "speech": "speech"}
_LEFT = 112.0
_MARGIN = 28.0
_TOP = 18.0
_TEST_WIDTH, _TEST_HEIGHT = 180.0, 104.0


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    style: str = "small"
    tint: str = "ink_soft"
    bold: bool = False


class Lines(Panel):
    """An icon, and lines of text beside it, one below the other; perhaps a button on the right."""

    icon = StringProperty("")
    icon_tint = StringProperty("brand")

    def __init__(self, lines: list[_Line], button: PushButton | None = None, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._words = [Words(raw=line.text, style=line.style, tint=line.tint, bold=line.bold) for line in lines]
        self._button = button
        for widget in (*self._words, *([] if button is None else [button])):
            self.add_widget(widget)
        for name in ("pos", "size"):
            self.fbind(name, self._arrange)

    def _arrange(self, *_: object) -> None:
        top = self.top - _TOP
        for words in self._words:
            words.width = _room(self.width, with_button=self._button is not None)
            words.pos = (self.x + _LEFT, top - words.height)
            top -= words.height
        if self._button is not None:
            self._button.size = (_TEST_WIDTH, _TEST_HEIGHT)
            self._button.pos = (self.right - _MARGIN / 2 - _TEST_WIDTH, self.center_y - _TEST_HEIGHT / 2)


class TechnicianScreen(Screen):
    """The last test's result, what is not well, the tools, what is well, the terminal's facts, in pages."""

    def on_view(self, *_: object) -> None:
        """Show what has changed; a new result is on the first page."""
        if self.ids:
            if self.view.result is not None and self.view.result is not self._result:
                self.ids.pager.page = 0
            self.ids.pager.refresh()
        self._result = self.view.result

    _result: TestResult | None = None

    def on_press_main(self) -> None:
        """Leave."""
        self.dispatch("on_answer", Done.DONE)

    def entries(self, width: float, height: float) -> list[Entry]:
        """Return everything in its order."""
        return list(self._entries(width, height))

    def _entries(self, width: float, height: float) -> Iterator[Entry]:
        look = App.get_running_app().look
        if self.view.result is not None:
            yield from _result(self.view.result, width, height)
        for device in (one for one in self.view.devices if not one.well):
            yield from self._device(device, width, height)
        for row in self.view.tools:
            yield row_entry(row, width, lambda key: self.dispatch("on_answer", Chosen(key)))
        for device in (one for one in self.view.devices if one.well):
            yield from self._device(device, width, height)
        for line in self.view.facts:
            yield fact(look.say(line.label), look.say(line.value), width)

    def _device(self, device: DeviceLine, width: float, height: float) -> Iterator[Entry]:
        look = App.get_running_app().look
        lines = [
            _Line(f"{look.say(device.title)} · {device.name}"),
            _Line(look.say(device.state), "body", "good" if device.well else "bad", bold=True),
            _Line(" · ".join(_history(device))),
            _Line(device.detail),
            *_told(device.problem, device.advice),
        ]
        tint = "brand" if device.well else "bad"
        look_of = {"icon": _ICONS.get(device.kind, "info"), "icon_tint": tint}
        yield from _cut(lines, width, height, look_of, self._test_button(device) if device.can_test else None)

    def _test_button(self, device: DeviceLine) -> Callable[[], PushButton]:
        return lambda: PushButton(
            name=f"test:{device.kind}:{device.name}",
            caption=App.get_running_app().look.word("technician_test"),
            style="small",
            on_release=lambda _: self.dispatch("on_answer", TestDevice(device.kind, device.name)),
        )


def _result(result: TestResult, width: float, height: float) -> Iterator[Entry]:
    look = App.get_running_app().look
    lines = [
        _Line(look.word("technician_result", device=look.say(result.title))),
        _Line(look.say(result.message), "body", "ink", bold=True),
        *_told(result.problem, result.advice),
    ]
    well = {"fill": "good_surface", "icon": "check_circle", "icon_tint": "good"}
    ill = {"fill": "bad_surface", "icon": "error", "icon_tint": "bad"}
    yield from _cut(lines, width, height, well if result.problem is None else ill, None)


def _told(problem: Problem | None, advice: Text | None) -> Iterator[_Line]:
    look = App.get_running_app().look
    if problem is not None:
        yield _Line(f"{problem.number} {look.say(problem.happened)}", tint="bad")
        yield _Line(look.say(advice or problem.next), tint="ink")


def _history(device: DeviceLine) -> Iterator[str]:
    look = App.get_running_app().look
    yield look.word("technician_since", at=_short(device.since))
    if device.before is not None:
        yield look.word("technician_before", state=look.say(device.before))


def _short(moment: datetime) -> str:
    return f"{moment.astimezone(CHINA):%m-%d %H:%M}"


def _room(width: float, *, with_button: bool) -> float:
    return width - _LEFT - _MARGIN - (_TEST_WIDTH if with_button else 0)


def _cut(
    lines: list[_Line],
    width: float,
    height: float,
    look_of: dict[str, str],
    button: Callable[[], PushButton] | None,
) -> Iterator[Entry]:
    """Give lines as one entry, or as several where one would be higher than a page; the button is on the first."""
    part: list[_Line] = []
    for line in filter(lambda line: line.text, lines):
        if part and _height([*part, line], width, with_button=button is not None) > height:
            yield _entry(part, width, look_of, button)
            part, button = [], None
        part.append(line)
    yield _entry(part, width, look_of, button)


def _entry(lines: list[_Line], width: float, look_of: dict[str, str], button: Callable[[], PushButton] | None) -> Entry:
    return Entry(
        _height(lines, width, with_button=button is not None),
        lambda: Lines(lines, None if button is None else button(), **look_of),
    )


def _height(lines: list[_Line], width: float, *, with_button: bool) -> float:
    sizes = App.get_running_app().look.sizes
    room = _room(width, with_button=with_button)
    words = sum(text_height(line.text, sizes[line.style], room, bold=line.bold) for line in lines)
    return max(words + 2 * _TOP, _TEST_HEIGHT + 2 * _TOP if with_button else 0)
