"""Loads the kv rules that lie beside a module, and ends those of widgets that are dropped."""

from pathlib import Path

from kivy.lang import Builder
from kivy.uix.widget import Widget


def load_beside(module_file: str) -> None:
    """Load ``x.kv`` for ``x.py``, once."""
    path = str(Path(module_file).with_suffix(".kv"))
    if path not in Builder.files:
        Builder.load_file(path, encoding="utf-8")


def discard(widget: Widget) -> None:
    """End the kv rules of a widget, all below it, and what they hold without showing it; none is shown again.

    What keeps widgets for later (``give_back``) takes them out first. A rule lives as long as its own widget, which
    waits for the garbage collector. When that comes while a change of language evaluates the rule, the rule finds
    its root dead: a ReferenceError out of nowhere, seen once in a while.
    """
    for each in list(widget.walk(restrict=True)):
        if hasattr(each, "give_back"):
            each.give_back()
    ended: set[Widget] = set()
    waiting = [widget]
    while waiting:
        for each in waiting.pop().walk(restrict=True):
            if each not in ended:
                ended.add(each)
                Builder.unbind_widget(each.uid)
                waiting += [held for held in vars(each).values() if isinstance(held, Widget) and held.parent is None]
