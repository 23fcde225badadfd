"""One question of a form on a page of its own."""

from typing import Any

from kivy.app import App
from kivy.properties import BooleanProperty, ObjectProperty
from kivy.uix.widget import Widget

from kiosk.forms.model import (
    ChoiceQuestion,
    DateQuestion,
    Keyboard,
    NumberQuestion,
    Option,
    Question,
    TextQuestion,
    Value,
    YesNoQuestion,
)
from kiosk.stage import Answered
from screens.entries import ChoiceEntry, DayEntry, DigitsEntry, TextEntry
from screens.screen import Screen
from screens.widgets.kv import discard, load_beside
from screens.words import word

load_beside(__file__)

_ID_NUMBER_LENGTH = 18
_LONGEST_NUMBER = 12
_YES_NO = (Option("yes", word("yes")), Option("no", word("no")))


class FormPageScreen(Screen):
    """Makes the entry that a question needs; the main action wakes when there is an answer to give."""

    entry = ObjectProperty(None, allownone=True)
    answered = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name in ("pos", "size"):
            self.fbind(name, self._place)

    def show_again(self) -> None:
        """Make the entry anew, with the answer that the question brings."""
        self.forget()
        if self.entry is not None:
            discard(self.entry)
        self.clear_widgets()
        self.entry = _entry(self.view.question)
        self.add_widget(self.entry)
        self._place()
        for name in ("text", "chosen", "day"):
            if self.entry.property(name, True) is not None:
                self.entry.fbind(name, self._watch)
        self._watch()

    def _place(self, *_: object) -> None:
        if self.entry is not None:
            self.entry.size_hint = (None, None)
            self.entry.pos, self.entry.size = self.pos, self.size

    def _watch(self, *_: object) -> None:
        self.answered = _value(self.view.question, self.entry) is not None

    def on_press_main(self) -> None:
        """Answer with what was entered."""
        self.dispatch("on_answer", Answered(_value(self.view.question, self.entry)))

    def on_press_other(self) -> None:
        """Leave an optional question open."""
        self.dispatch("on_answer", Answered(None))

    def forget(self) -> None:
        """Drop what was entered."""
        if self.entry is not None:
            self.entry.clear()

    def hint_for(self, view: Any) -> str:
        """Return what the question says beyond its label."""
        look = App.get_running_app().look
        question = view.question
        if question.hint is not None:
            return str(look.say(question.hint))
        if isinstance(question, NumberQuestion) and question.minimum is not None and question.maximum is not None:
            return str(look.word("between", minimum=question.minimum, maximum=question.maximum))
        if isinstance(question, DateQuestion):
            return str(look.word("date_range", earliest=question.earliest, latest=question.latest))
        return ""


def _entry(question: Question) -> Widget:  # noqa: PLR0911 - one for each kind of question
    match question:
        case ChoiceQuestion():
            return ChoiceEntry(options=question.options, chosen=question.value)
        case YesNoQuestion():
            chosen = None if question.value is None else "yes" if question.value else "no"
            return ChoiceEntry(options=_YES_NO, chosen=chosen)
        case NumberQuestion():
            longest = _LONGEST_NUMBER if question.maximum is None else len(str(question.maximum))
            text = "" if question.value is None else str(question.value)
            return DigitsEntry(text=text, max_length=longest, unit=question.unit)
        case DateQuestion():
            entry = DayEntry(earliest=question.earliest, latest=question.latest)
            entry.put(question.value)
            return entry
        case TextQuestion(keyboard=Keyboard.TEXT):
            return TextEntry(text=question.value, max_length=question.max_length)
        case TextQuestion(keyboard=Keyboard.ID_NUMBER):
            return DigitsEntry(text=question.value, max_length=_ID_NUMBER_LENGTH, exact=True, with_x=True)
        case TextQuestion():
            return DigitsEntry(text=question.value, max_length=question.max_length)


def _value(question: Question, entry: Widget) -> Value:
    """Return the answer that an entry holds, as the form's schema wants it; None while there is none."""
    match question:
        case ChoiceQuestion():
            chosen: str | None = entry.chosen
            return chosen
        case YesNoQuestion():
            return None if entry.chosen is None else bool(entry.chosen == "yes")
        case NumberQuestion():
            return int(entry.text) if entry.text else None
        case DateQuestion():
            return None if entry.day is None else str(entry.day.isoformat())
        case TextQuestion(keyboard=Keyboard.ID_NUMBER):
            return str(entry.text) if len(entry.text) == _ID_NUMBER_LENGTH else None
        case TextQuestion():
            return str(entry.text).strip() or None
