"""Drivers: one folder per kind of device, its protocol first (``api.py``), then its drivers.

Every kind has the same shape, known once known everywhere:

* ``status`` is the last known state, a frozen dataclass of a closed union; reading it never blocks or raises.
* ``await changed(since)`` returns the first status that differs from ``since``.
* verbs (``read``, ``next_code``, ``deliver``) are coroutines and raise only :class:`DeviceError` subclasses.
* ``await aclose()`` gives the hardware back and may be called twice.
"""

from devices.errors import DeviceError
from devices.status import StatusCell

__all__ = ["DeviceError", "StatusCell"]
