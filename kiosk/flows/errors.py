"""Why a flow cannot go on, where no device and no message from outside has said it already."""


class NotNow(Exception):
    """What the citizen asked for cannot be done now; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
