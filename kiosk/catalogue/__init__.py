"""The catalogue: what can be done at this terminal, found by department or by search; issuers and revocations."""

from kiosk.catalogue.catalogue import Catalogue, Published

__all__ = ["Catalogue", "Published"]
