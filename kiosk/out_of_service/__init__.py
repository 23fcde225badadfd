"""The out-of-service screen, when the terminal keeps failing. It needs nothing that may be what fails.

No Xorg, Kivy, OpenGL, database or library of others: a picture of the message, made when the image was built
(:mod:`screens.notice`), is copied to the kernel's framebuffer. Decision 31.
"""

from kiosk.out_of_service.reason import CODES, code_of
from kiosk.out_of_service.service import show

__all__ = ["CODES", "code_of", "show"]
