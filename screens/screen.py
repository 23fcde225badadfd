"""What every view's screen is: the content between heading and main action, and what the frame shows around it."""

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.widget import Widget


class Screen(Widget):
    """One kind of view on the glass. A subclass shows ``view``, fires ``on_answer`` with one answer, decides nothing.

    The frame shows ``title``, ``hint`` and ``alert`` above it (``progress`` beside the step's name), and at the same
    place on every screen ``main`` (the one thing to do next) and, less prominent, ``other``. ``bare`` screens have
    the glass to themselves. ``ground`` is the colour behind everything.
    The frame lays a screen out by its position and size.
    """

    view = ObjectProperty(rebind=True)
    title = StringProperty("")
    hint = StringProperty("")
    alert = StringProperty("")
    progress = StringProperty("")
    emblem = StringProperty("")
    emblem_tint = StringProperty("brand")
    main = StringProperty("")
    main_icon = StringProperty("forward")
    main_awake = BooleanProperty(True)
    other = StringProperty("")
    other_icon = StringProperty("")
    bare = BooleanProperty(False)
    ground = StringProperty("page")

    __events__ = ("on_answer", "on_press_main", "on_press_other")

    def on_answer(self, answer: object) -> None:
        """Event with the answer to the view."""

    def on_press_main(self) -> None:
        """Do what the main action does."""

    def on_press_other(self) -> None:
        """Do what the less prominent action does."""

    def show_again(self) -> None:
        """Begin anew: the view was shown (again), and no answer to it has been given."""

    def forget(self) -> None:
        """Drop what the citizen entered here. The stage drops the screen itself soon after."""
