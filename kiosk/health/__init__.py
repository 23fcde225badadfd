"""How the machine itself is: read from sysfs and procfs, judged by thresholds, told before it is too late."""

from kiosk.health.clock_watch import ClockMemory
from kiosk.health.judgement import Grade, Verdict, judge
from kiosk.health.readings import Readings, read
from kiosk.health.reporting import KIND, clock_memory, examine, reports

__all__ = ["KIND", "ClockMemory", "Grade", "Readings", "Verdict", "clock_memory", "examine", "judge", "read", "reports"]
