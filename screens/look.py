"""How everything looks now: language, text size, contrast, reach. Widgets bind to it, so a change shows at once."""

from collections.abc import Callable

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty

from screens import theme
from screens.words import word
from wire.text import Language, Text

TEXT_SIZES = 3


def _speaker(language: Language) -> Callable[[Text | None], str]:
    return lambda text: "" if text is None else text.in_language(language)


def _teller(language: Language) -> Callable[..., str]:
    return lambda key, **filled: word(key, **filled).in_language(language)


class Look(EventDispatcher):
    """The variant shown, as properties to bind to.

    ``say`` gives a text, ``word`` a word of the chrome, in the current language: both are
    properties, replaced when the language changes, so that kv rules that call them are evaluated again.
    ``sizes``: px by style name; ``colours``: rgba by name (``screens.theme``).
    """

    language = ObjectProperty(Language.ZH)
    text_size = NumericProperty(0)
    high_contrast = BooleanProperty(False)
    low_reach = BooleanProperty(False)
    say = ObjectProperty(_speaker(Language.ZH))
    word = ObjectProperty(_teller(Language.ZH))
    sizes = ObjectProperty({name: sizes[0] for name, sizes in theme.TEXT_SIZES.items()})
    colours = ObjectProperty(theme.colours(theme.NORMAL))

    def on_language(self, _look: object, language: Language) -> None:
        """Replace what speaks."""
        self.say = _speaker(language)
        self.word = _teller(language)

    def on_text_size(self, _look: object, text_size: int) -> None:
        """Replace the sizes."""
        self.sizes = {name: sizes[text_size] for name, sizes in theme.TEXT_SIZES.items()}

    def on_high_contrast(self, _look: object, high: bool) -> None:  # noqa: FBT001 - Kivy's way to call
        """Replace the colours."""
        self.colours = theme.colours(theme.HIGH_CONTRAST if high else theme.NORMAL)

    def next_language(self) -> None:
        """Switch to the other language."""
        self.language = Language.EN if self.language is Language.ZH else Language.ZH

    def next_text_size(self) -> None:
        """Go one text size up, and from the largest back to the first."""
        self.text_size = (self.text_size + 1) % TEXT_SIZES

    def reset(self) -> None:
        """Go back to how every session begins."""
        self.language = Language.ZH
        self.text_size = 0
        self.high_contrast = False
        self.low_reach = False
