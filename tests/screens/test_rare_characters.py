"""Names with rare characters stay readable."""

import dataclasses

import pytest
from kivy.uix.label import Label

from devices.virtual.people import PEOPLE
from screens.gallery_views import views
from screens.player import visible
from screens.typesetting import legible
from tests.screens.glass import Glass

VIEWS = dict(views())


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("name", [person.name for person in PEOPLE])
async def test_our_people_are_shown_as_they_are_written(glass: Glass, name: str) -> None:
    """The faces have every character of the invented people's names, 𬱖 of Unicode's extension E among them."""
    assert legible(name) == name
    await glass.show(dataclasses.replace(VIEWS["home-greeting"], citizen_masked=name))
    assert any(name in widget.text for widget in visible(glass.stage.glass) if isinstance(widget, Label))


@pytest.mark.asyncio(loop_scope="session")
async def test_what_no_face_has_is_shown_by_its_code(glass: Glass) -> None:
    """A private character, a very rare one and U+FFFD are shown as codes, neither as boxes nor as nothing."""
    await glass.show(dataclasses.replace(VIEWS["home-greeting"], citizen_masked="张\ue000\U00020000\ufffd"))
    shown = "".join(w.text.replace("\n", "") for w in visible(glass.stage.glass) if isinstance(w, Label))
    assert "张〔U+E000〕〔U+20000〕〔U+FFFD〕" in shown


def test_selectors_are_dropped() -> None:
    """A variation selector is not a character to be shown by its code."""
    assert legible("葛\U000e0100") == "葛"
