"""An identity as a technician is shown it: that the card was read and which fields it has, not whose it is."""

from typing import Any

from wire.identity import Identity, mask_id_number, mask_name

_HOLDERS = ("name", "id_number", "photo")  # shown in a form of their own


def shown(identity: Identity, *, whole: bool = False) -> dict[str, Any]:
    """Return an identity as JSON takes it; masked (domain.md) unless ``whole``. A photo is told by its size only."""
    told: dict[str, Any] = {"document": identity.document.value, "authenticity": identity.authenticity.value}
    if whole:
        told |= identity.model_dump(mode="json", exclude={"photo"}, exclude_none=True)
    else:
        read = identity.model_dump(mode="json", exclude=set(_HOLDERS), exclude_none=True)
        told |= {
            "name": mask_name(identity.name),
            "id_number": mask_id_number(identity.id_number),
            "fields": sorted(set(read) - told.keys()),
        }
    return told | {"photo_bytes": len(identity.photo or b""), "masked": not whole}
