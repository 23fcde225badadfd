"""What the centre answers when it will not do what was asked: a code of ``wire/problems.toml``."""


class Refused(Exception):
    """The centre refuses, for a reason that has a code. ``status`` is the HTTP status where it becomes an answer."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
