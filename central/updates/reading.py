"""What a terminal said of its software, in the words of the console."""

from dataclasses import dataclass

from central.fleet.models import Terminal
from central.updates.words import state_of
from wire.problems import problem
from wire.release import UpdatePhase


@dataclass(frozen=True, slots=True)
class Line:
    """One terminal beside one release. ``mark``: how the state is coloured; ``done``: it runs this release."""

    terminal: Terminal
    running: str
    meant: bool
    done: bool
    mark: str
    state: str
    why: str = ""


def line_of(terminal: Terminal, version: str, *, meant: bool) -> Line:
    """Return what stands in a terminal's line."""
    software = getattr(terminal, "software", None)
    if software is None:
        heartbeat = getattr(terminal, "heartbeat", None)
        return Line(
            terminal, heartbeat.version if heartbeat else "—", meant, done=False, mark="accepted", state="未报告"
        )
    done = software.running == version
    phase = UpdatePhase(software.phase)
    if done:
        mark, state = "approved", "已是此版本，观察中" if phase is UpdatePhase.PROVING else "已是此版本"
    elif software.wanted != version:
        mark, state = "accepted", "等待终端询问" if meant else "不在推送范围"
    else:
        mark, state = state_of(phase, software.failure, software.fetched, software.size)
    told = problem(software.failure) if software.failure else None
    why = f"{told.happened.zh}（{told.number}）" if told and not done else ""
    return Line(terminal, software.running, meant, done, mark, state, why)
