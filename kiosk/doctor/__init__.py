"""The doctor: looks at everything a terminal needs, tries every device, and names what is not well."""

from pathlib import Path

from kiosk.doctor import privacy, terminal
from kiosk.doctor.findings import Finding, Grade
from kiosk.doctor.software import software
from wire.clock import Clock

__all__ = ["Finding", "Grade", "examine"]


async def examine(config_path: Path, clock: Clock, *, devices: bool = True) -> list[Finding]:
    """Look at everything, each as far as the ones before allow: without a configuration no device is known.

    ``devices``: False while citizens are served, for some devices serve one program at a time.
    """
    config, finding = terminal.load(config_path)
    findings = [finding, terminal.time(clock)]
    if config is None:
        return findings
    enrolled, finding = terminal.enrolled(config)
    memory = None if enrolled is None else terminal.clock_memory(config, enrolled, clock)
    findings += [*terminal.machine(config, clock, memory), privacy.temporary_files(config), privacy.swap(), finding]
    if enrolled is not None:
        findings += [terminal.store(config, enrolled, clock), software(config, enrolled, clock)]
    findings += await terminal.centre(config, clock)
    if devices:
        from kiosk.doctor import hardware  # noqa: PLC0415 - brings in every driver

        findings += await hardware.examine(config, clock)
    return findings
