"""What a technician is shown of a card: that it was read and which fields it has, nothing of whose it is."""

import json

import pytest

from kiosk.masking import shown
from tests.fakes.town import LIU_RESIDENT, ZHANG_SOCIAL
from wire.identity import Authenticity, DocumentKind, Identity

PASSPORT = LIU_RESIDENT.model_copy(
    update={
        "document": DocumentKind.PASSPORT,
        "name": "ERIKSSON ANNA MARIA",
        "name_latin": "ERIKSSON ANNA MARIA",
        "id_number": "L898902C3",
        "nationality": "UTO",
        "photo": b"\xff\xd8 a face",
        "authenticity": Authenticity.AUTHENTIC,
    }
)


@pytest.mark.parametrize("identity", [LIU_RESIDENT, ZHANG_SOCIAL, PASSPORT], ids=lambda one: one.document.value)
def test_masked(identity: Identity) -> None:
    """No field's value is there but kind and authenticity; every field that was read is named."""
    told = shown(identity)
    text = json.dumps(told, ensure_ascii=False)
    read = identity.model_dump(mode="json", exclude={"photo"}, exclude_none=True)
    for name, value in read.items():
        if name not in {"document", "authenticity", "nation", "sex"}:  # one character, found in any text
            assert str(value) not in text, name
    assert set(read) <= {*told, *told["fields"]}
    assert told["photo_bytes"] == len(identity.photo or b"")
    assert told["masked"]


@pytest.mark.parametrize("identity", [LIU_RESIDENT, PASSPORT], ids=lambda one: one.document.value)
def test_whole(identity: Identity) -> None:
    """Asked for, everything is there but the photo, of which the size is."""
    told = shown(identity, whole=True)
    read = identity.model_dump(mode="json", exclude={"photo"}, exclude_none=True)
    assert {name: told[name] for name in read} == read
    assert "photo" not in told
    assert not told["masked"]
