"""Machine readable zones of travel documents (ICAO Doc 9303 parts 3 to 6): text to fields, and back from OCR's errors.

Pure text: where it was read (camera, keyboard) is the caller's business. Visas (MRV-A, MRV-B) are refused.
"""

from devices.mrz.correct import correct, readings
from devices.mrz.fields import Mrz, MrzWrong, Size
from devices.mrz.key import check_digit, key_of
from devices.mrz.parse import parse

__all__ = ["Mrz", "MrzWrong", "Size", "check_digit", "correct", "key_of", "parse", "readings"]
