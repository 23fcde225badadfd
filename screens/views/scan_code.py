"""Asks for a code in front of the camera, shows what the camera sees, and says what would help."""

from kivy.app import App
from kivy.clock import Clock
from kivy.graphics.texture import Texture
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty

from kiosk.stage import Hint, ScanCode, Sought, TypeInstead
from screens.screen import Screen
from screens.widgets.kv import load_beside

load_beside(__file__)

_OF_CODES = {
    Hint.SEARCHING: "scan_searching",
    Hint.TOO_DARK: "scan_too_dark",
    Hint.GLARE: "scan_glare",
    Hint.TOO_FAR: "scan_too_far",
    Hint.UNCLEAR: "scan_unclear",
    Hint.OTHER_KIND: "scan_other_kind",
    Hint.ALREADY_USED: "scan_already_used",
}
_TYPE = {Sought.QR_CODE: "type_instead", Sought.INVITATION: "type_invitation", Sought.PRINTED_LINES: "type_lines"}
_ADVICE = {
    Sought.QR_CODE: _OF_CODES,
    Sought.INVITATION: _OF_CODES,
    Sought.PRINTED_LINES: {Hint.SEARCHING: "lines_searching", Hint.UNCLEAR: "lines_unclear"},
}


class ScanCodeScreen(Screen):
    """The preview is a mirror of nothing but the camera's newest frame; it is dropped with the screen.

    ``advice`` is the word said below it, empty where the view gives no hints. ``seeking_lines``: printed lines are
    sought, and the frame is as wide as a page.
    """

    seeking_lines = BooleanProperty(False)

    picture = ObjectProperty(None, allownone=True)
    number = NumericProperty(-1)
    side = NumericProperty(1)
    tall = NumericProperty(1)
    code = NumericProperty(1)
    wide = NumericProperty(1)
    strip = NumericProperty(0)
    middle = NumericProperty(0)
    helping = BooleanProperty(False)
    advice = StringProperty("")

    def type_word(self, view: ScanCode) -> str:
        """Return the word on the button that leads to typing."""
        return _TYPE[view.sought]

    def show_again(self) -> None:
        """Begin to look."""
        self.forget()
        self.seeking_lines = self.view.sought is Sought.PRINTED_LINES
        if self.view.preview is not None or self.view.hint is not None:
            self._look()
            self._looking = Clock.schedule_interval(self._look, 0)  # each frame; a camera gives 30 pictures a second

    def _look(self, *_: object) -> None:
        self.advice = "" if self.view.hint is None else _ADVICE[self.view.sought][self.view.hint()]
        frame = None if self.view.preview is None else self.view.preview()
        if frame is None or frame.number == self.number:
            return
        height, width, _ = frame.pixels.shape
        if self.picture is None or self.picture.size != (width, height):
            self.picture = Texture.create(size=(width, height), colorfmt="rgb")
            self.picture.flip_vertical()
        # one dimension: Kivy's blit takes a flat buffer only
        self.picture.blit_buffer(frame.pixels.reshape(-1), colorfmt="bgr", bufferfmt="ubyte")
        self.number = frame.number
        self.canvas.ask_update()
        App.get_running_app().wake()  # an app at rest would show 20 pictures a second at most

    def forget(self) -> None:
        """Stop looking, and drop the last picture."""
        looking = getattr(self, "_looking", None)
        if looking is not None:
            looking.cancel()
        self.picture = None
        self.advice = ""
        self.number = -1

    def on_press_other(self) -> None:
        """Type instead."""
        self.dispatch("on_answer", TypeInstead())
