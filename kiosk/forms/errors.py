"""What can be wrong with a form's definition: one error, told by one message."""

from typing import ClassVar


class FormError(Exception):
    """The centre published a form that this terminal cannot ask. Its text names the place, for the log."""

    code: ClassVar[str] = "form.invalid"
