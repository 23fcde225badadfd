"""The phases of an update in the words and colours of the console."""

from wire.release import UpdatePhase


def state_of(phase: str, failure: str, fetched: int, size: int) -> tuple[str, str]:
    """Return how a state is coloured, and its words. ``fetched``, ``size``: bytes; ``failure``: a code, or empty."""
    known = UpdatePhase(phase)
    mark, words = _WORDS[known]
    if known is not UpdatePhase.FETCHING:
        return mark, words
    if failure:
        return "supplement_requested", "下载受阻，会再试"
    return mark, f"{words} {fetched * 100 // size}%" if size else words


_WORDS = {
    UpdatePhase.UP_TO_DATE: ("accepted", "等待终端询问"),
    UpdatePhase.FETCHING: ("accepted", "下载中"),
    UpdatePhase.STAGED: ("accepted", "已下载，等空闲时段安装"),
    UpdatePhase.APPLYING: ("supplement_requested", "安装中"),
    UpdatePhase.PROVING: ("approved", "观察中"),
    UpdatePhase.GIVEN_UP: ("rejected", "已放弃"),
}
