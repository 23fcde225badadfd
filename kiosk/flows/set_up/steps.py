"""The steps of the first start, as the step bar names them."""

from enum import IntEnum, auto

from kiosk.stage import Step
from wire.text import Text

NAMES = (
    Text(zh="语言", en="Language"),
    Text(zh="网络", en="Network"),
    Text(zh="服务中心", en="Centre"),
    Text(zh="设备", en="Devices"),
    Text(zh="技术人员密码", en="Technician's PIN"),
    Text(zh="恢复密钥", en="Recovery key"),
    Text(zh="自检", en="Self-test"),
)


class At(IntEnum):
    """Where in it one is; the value is its place in :data:`NAMES`."""

    LANGUAGE = 0
    NETWORK = auto()
    CENTRE = auto()
    DEVICES = auto()
    PIN = auto()
    RECOVERY = auto()
    TESTS = auto()


def bar(at: At) -> Step:
    """Return the step bar."""
    return Step(NAMES, at)


NEXT = Text(zh="下一步", en="Next")
