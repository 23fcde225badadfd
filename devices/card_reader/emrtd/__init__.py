"""Machine readable travel documents with a chip (ICAO Doc 9303 parts 10 to 12): passports, permits, identity cards."""

from devices.card_reader.emrtd.access import Access, CardAccessNumber, MrzKey
from devices.card_reader.emrtd.profile import profile
from devices.card_reader.emrtd.trust import Trust

__all__ = ["Access", "CardAccessNumber", "MrzKey", "Trust", "profile"]
