"""The configured time servers, as chrony reads them: a file of sources, replaced whole."""

import os
from pathlib import Path

from kiosk.config import Time

FILE = "configured.sources"


def lines(time: Time) -> list[str]:
    """Return one line for each server (chrony.conf(5), ``server``): asked quickly at first, and proven where it can."""
    return [f"server {server} iburst{' nts' if time.nts else ''}" for server in time.servers]


def write(folder: Path, time: Time) -> Path:
    """Write the file that ``sourcedir`` of chrony.conf looks for, readable by chrony. Raises OSError."""
    path = folder / FILE
    draft = path.with_suffix(".draft")
    draft.write_text("".join(f"{line}\n" for line in lines(time)), encoding="ascii")
    draft.chmod(0o644)
    os.replace(draft, path)  # noqa: PTH105 - as it is, atomic
    return path
