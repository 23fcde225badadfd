"""The few kinds of widget that every screen is made of. All are here before any kv rule names one."""

from screens.widgets.button import PushButton
from screens.widgets.chrome import Actions, Band, Dash, Footer, Heading, StepBar, Tools
from screens.widgets.label import Icon, Words
from screens.widgets.pager import Entry, Pager
from screens.widgets.panel import Panel

__all__ = [
    "Actions", "Band", "Dash", "Entry", "Footer", "Heading", "Icon", "Pager", "Panel", "PushButton", "StepBar", "Tools",
    "Words",
]  # fmt: skip
