"""One look at the machine, as the heartbeat tells it; what has to outlive a restart is kept in the store."""

from pathlib import Path

from pydantic import TypeAdapter

from kiosk.health.clock_watch import ClockMemory, step
from kiosk.health.judgement import Verdict, judge
from kiosk.health.readings import read
from kiosk.out_of_service.reason import told as out_of_service
from kiosk.store.settings import Settings
from wire.clock import Clock, ClockQuality
from wire.messages import DeviceReport

KIND = "health"  # of a DeviceReport; its state is the grade
_MEMORY = TypeAdapter(ClockMemory)


def examine(data_dir: Path, clock: Clock, memory: ClockMemory | None, root: Path = Path("/")) -> tuple[Verdict, ...]:
    """Read and judge, without keeping anything."""
    return judge(read(data_dir, root), now=clock.now(), quality=clock.quality(), clock=memory)


def clock_memory(settings: Settings) -> ClockMemory | None:
    """Return what is kept of the clock."""
    kept = settings.clock()
    return None if kept is None else _MEMORY.validate_python(kept)


def reports(data_dir: Path, clock: Clock, settings: Settings, root: Path = Path("/")) -> tuple[DeviceReport, ...]:
    """Look at the machine and its clock, keep since when the clock is uncertain, and return what to report."""
    readings, quality = read(data_dir, root), clock.quality()
    before = clock_memory(settings)
    memory = step(before, clock.now(), quality, readings.running.boot_id)
    if memory != before:
        settings.keep_clock(_MEMORY.dump_python(memory, mode="json"))
    verdicts = judge(readings, now=clock.now(), quality=quality, clock=memory)
    return (_clock(memory, quality), *_screen(root), *(_report(verdict) for verdict in verdicts))


def _report(verdict: Verdict) -> DeviceReport:
    detail = "; ".join(filter(None, (verdict.code, verdict.detail)))
    return DeviceReport(name=verdict.subject, kind=KIND, state=verdict.grade.value, detail=detail)


def _screen(root: Path) -> tuple[DeviceReport, ...]:
    """Say that the terminal serves nobody: after crashes it shows the out-of-service picture."""
    code = out_of_service(root)
    return () if code is None else (DeviceReport(name="screen", kind=KIND, state="fault", detail=f"{code}; "),)


def _clock(memory: ClockMemory, quality: ClockQuality) -> DeviceReport:
    if quality is ClockQuality.SYNCHRONISED or memory.uncertain_since is None:
        return DeviceReport(name="clock", kind=KIND, state="well", detail="synchronised")
    detail = f"terminal.clock_uncertain; since {memory.uncertain_since:%Y-%m-%d %H:%M} UTC"
    return DeviceReport(name="clock", kind=KIND, state="notice", detail=detail)
