"""Asks for a card, and shows where to put it."""

from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from screens.screen import Screen
from screens.widgets.kv import load_beside

load_beside(__file__)


class IdentifyScreen(Screen):
    """A drawing of the reader and the card; what the reader is doing. It never answers: the card does, or Back."""

    state_word = StringProperty("identify_waiting")
    reading = BooleanProperty(False)
    unit = NumericProperty(1)
    mid = NumericProperty(0)
    foot = NumericProperty(0)
