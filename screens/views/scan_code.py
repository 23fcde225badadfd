"""Asks for a QR code in front of the camera, and shows what the camera sees."""

from kivy.clock import Clock
from kivy.graphics.texture import Texture
from kivy.properties import NumericProperty, ObjectProperty

from kiosk.stage import TypeInstead
from screens.screen import Screen
from screens.widgets.kv import load_beside

load_beside(__file__)

_PICTURES_A_SECOND = 12


class ScanCodeScreen(Screen):
    """The preview is a mirror of nothing but the camera's newest frame; it is dropped with the screen."""

    picture = ObjectProperty(None, allownone=True)
    number = NumericProperty(-1)
    side = NumericProperty(1)
    tall = NumericProperty(1)
    code = NumericProperty(1)

    def show_again(self) -> None:
        """Begin to look."""
        self.forget()
        if self.view.preview is not None:
            self._look()
            self._looking = Clock.schedule_interval(self._look, 1 / _PICTURES_A_SECOND)

    def _look(self, *_: object) -> None:
        frame = self.view.preview()
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

    def forget(self) -> None:
        """Stop looking, and drop the last picture."""
        looking = getattr(self, "_looking", None)
        if looking is not None:
            looking.cancel()
        self.picture = None
        self.number = -1

    def on_press_other(self) -> None:
        """Type instead."""
        self.dispatch("on_answer", TypeInstead())
