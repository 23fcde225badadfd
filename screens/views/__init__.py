"""One module and one .kv for each view model of :mod:`kiosk.stage`; which screen shows which view.

A screen's module, with its kv rules, is imported when its view is first shown, or before, by :func:`make_ready`: the
attract screen comes without the others.
"""

from importlib import import_module
from typing import Any, Final

from kiosk import stage
from screens.screen import Screen

_MODULES: Final[dict[type[stage.View[Any]], str]] = {
    stage.Attract: "attract",
    stage.Home: "home",
    stage.ItemList: "item_list",
    stage.ItemGuide: "item_guide",
    stage.Identify: "identify",
    stage.FormPage: "form_page",
    stage.Review: "review",
    stage.Waiting: "waiting",
    stage.Delivered: "delivered",
    stage.ProblemShown: "problem_shown",
    stage.PaperCheck: "paper_check",
    stage.ScanCode: "scan_code",
    stage.EnterDigits: "enter_digits",
    stage.EnterText: "enter_text",
    stage.CaseProgress: "case_progress",
    stage.SetUpPage: "set_up_page",
    stage.Technician: "technician",
    stage.VerificationResult: "verification_result",
}


def screen_of(view: type[stage.View[Any]]) -> type[Screen]:
    """Return the screen that shows views of a kind."""
    screen: type[Screen] = getattr(import_module(f"screens.views.{_MODULES[view]}"), f"{view.__name__}Screen")
    return screen


def make_ready() -> None:
    """Import every screen; takes as long as building two views. In the main thread: the rules are for all of Kivy."""
    for view in _MODULES:
        screen_of(view)
