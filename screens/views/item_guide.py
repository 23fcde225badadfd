"""What one item is, needs, costs and promises, before anything is asked."""

from collections.abc import Iterator

from kivy.app import App

from kiosk.stage import Done
from screens.screen import Screen
from screens.typesetting import broken
from screens.widgets.kv import load_beside
from screens.widgets.pager import Entry
from screens.widgets.panel import PADDING, fact, fact_height
from wire.catalogue import Material, Processing

load_beside(__file__)

_FEN_A_YUAN = 100


class ItemGuideScreen(Screen):
    """Facts in pages; the main action starts."""

    def on_view(self, *_: object) -> None:
        """Show another item."""
        if self.ids:
            self.ids.pager.page = 0
            self.ids.pager.refresh()

    def on_press_main(self) -> None:
        """Start."""
        self.dispatch("on_answer", Done.DONE)

    def entries(self, width: float, height: float) -> list[Entry]:
        """Return the facts; one too long for a page is cut into several."""
        return [fact(*part, width) for label, value in self._facts() for part in _cut(label, value, width, height)]

    def _facts(self) -> Iterator[tuple[str, str]]:
        look = App.get_running_app().look
        item, say, word = self.view.item, look.say, look.word
        yield (
            word("guide_time"),
            word("guide_instant")
            if item.processing is Processing.INSTANT
            else word("guide_days", days=item.promise_days),
        )
        yield word("guide_fee"), word("guide_yuan", yuan=_yuan(item.fee_fen)) if item.fee_fen else word("guide_free")
        yield word("guide_card"), _listed([word(kind.value) for kind in item.accepted_documents])
        if item.materials:
            yield word("guide_materials"), "\n".join(self._material(n, m) for n, m in enumerate(item.materials, 1))
        yield word("guide_department"), say(self.view.department)
        yield word("guide_summary"), say(item.summary)
        yield word("guide_basis"), say(item.legal_basis)

    @staticmethod
    def _material(number: int, material: Material) -> str:
        look = App.get_running_app().look
        held = look.word("guide_held") if material.held else ""
        copies = look.word("guide_copies", copies=material.copies) if material.copies > 1 else ""
        return f"{number}. {look.say(material.name)}{copies}{held}"


def _yuan(fen: int) -> str:
    whole, rest = divmod(fen, _FEN_A_YUAN)
    return f"{whole}.{rest:02}" if rest else str(whole)


def _listed(words: list[str]) -> str:
    return " / ".join(words)


def _cut(label: str, value: str, width: float, height: float) -> Iterator[tuple[str, str]]:
    """Cut a fact into parts that fit a page."""
    room = width - 2 * PADDING
    lines = broken(value, App.get_running_app().look.sizes["body"], room, bold=True)
    part: list[str] = []
    for line in lines:
        if part and fact_height(label, "\n".join([*part, line]), room) > height:
            yield label, "\n".join(part)
            part, label = [], ""
        part.append(line)
    yield label, "\n".join(part)
