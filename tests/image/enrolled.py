"""A terminal that was set up at its own screen, as a technician does it, and is waiting for citizens."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Final

import pytest

from demo.terminal import TECHNICIAN_PIN
from tests.image import esp
from tests.image.centre import CentreOnHost
from tests.image.hardware import Terminal
from tests.image.machine import Disk
from tests.image.report import Report, identity
from tests.image.starting import LONG_S, shows
from tests.image.twin import STEP_S, Pair, Twin
from wire.invitation import Invitation

ROOT: Final = Path(__file__).parents[2]
KEYS: Final = Path(os.environ.get("KEYS") or ROOT / "build/keys")
NAME: Final = "大厅自助终端"
_TWIN: Final = "同样的一台"
_COMPLETE: Final = "enrolled.complete"
_HEARTBEATS: Final = (
    "SELECT h.version FROM fleet_heartbeat h JOIN fleet_terminal t ON t.code = h.terminal_id WHERE t.name = ?"
)


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the emulated terminal: the centre, and a terminal on this host that is out of the box too."""

    kept: Path
    report: Report
    centre: CentreOnHost
    twin: Twin
    goes_on: bool  # the terminal was enrolled by an earlier run; the twin is, too


@pytest.fixture(scope="session")
def around(image: Path, kept: Path, report: Report) -> Iterator[Around]:
    """Give the real centre, with the sample centre's data and trust in this owner's releases, and a twin.

    With ``BIANMIN_IMAGE_GO_ON=1`` in the environment, the centre that an earlier run's terminal was enrolled at.
    """
    complete = kept / _COMPLETE
    goes_on = os.environ.get("BIANMIN_IMAGE_GO_ON") == "1" and complete.exists()
    goes_on = goes_on and complete.read_text() == identity(image)
    for name in ("twin",) if goes_on else ("twin", "centre"):
        rmtree(kept / name, ignore_errors=True)
        (kept / name).mkdir()
    with CentreOnHost(kept / "centre", KEYS) as centre, Twin(kept / "twin", centre.server) as twin:
        if goes_on:
            twin.enrol(centre.invite(_TWIN).code)
        else:
            twin.out_of_the_box()
        yield Around(kept, report, centre, twin, goes_on)


@pytest.fixture(scope="session")
def recovery_page(kept: Path) -> Path:
    """Give the application's own drawing of the page with the recovery key: the twin, with no such disk, has none."""
    folder, name = kept / "gallery", "set-up-recovery"
    words = (folder, "--only", name, "--variant", "zh-1")
    subprocess.run([sys.executable, "-m", "screens.gallery", *words], check=True, cwd=ROOT)
    return folder / f"{name}_zh-1.png"


@pytest.fixture(scope="session")
def enrolled(image: Path, around: Around, recovery_page: Path) -> Disk:
    """Give the disk of a terminal that was enrolled; ``attract.png`` in its folder is what it showed in the end.

    A disk of its own: what a TPM sealed under Secure Boot it does not open without.
    """
    centre, twin, report = around.centre, around.twin, around.report
    if around.goes_on:
        return Disk(around.kept / "enrolled")
    (around.kept / _COMPLETE).unlink(missing_ok=True)
    rmtree(around.kept / "enrolled", ignore_errors=True)
    disk = Disk(around.kept / "enrolled", image)
    esp.without_keys(disk.file)
    with Terminal(disk) as machine:
        machine.be_patient()
        pair = Pair(machine, twin)
        pair.shows(text="欢迎", within_s=LONG_S)
        report["first start: waits for the technician"] = f"{machine.seconds:.0f} s"
        begun = machine.seconds
        set_up(machine, pair, twin, invitations(centre, twin), recovery_page)
        report["first start: from the first touch to the attract screen"] = f"{machine.seconds - begun:.0f} s"
        machine.look("attract")
        machine.until(lambda: bool(centre.rows(_HEARTBEATS, NAME)), LONG_S, "the centre does not hear of it")
        machine.qmp.ask("system_powerdown")
        machine.until(lambda: not machine.runs, LONG_S, "it does not switch itself off")
    twin.sync()
    (around.kept / _COMPLETE).write_text(identity(image))
    return disk


def invitations(centre: CentreOnHost, twin: Twin) -> tuple[Invitation, Invitation]:
    """Return one for the emulated terminal, which comes over TLS, and one for its twin on this host."""
    ours, other = centre.invite(NAME), centre.invite(_TWIN)
    return ours, Invitation(centre.server.url, other.code)


def set_up(
    machine: Terminal, pair: Pair, twin: Twin, invited: tuple[Invitation, Invitation], recovery_page: Path
) -> None:
    """Go through the first start, from its first page to the attract screen.

    The codes lie before the cameras already: each picture without one costs the decoders half a second of a processor.
    """
    ours, other = invited
    machine.camera.show_code(ours.text().encode())
    twin.hardware.camera.show_code(other.text().encode())
    pair.touch("row:zh")
    pair.step("main", text="插好网线", listing=True)
    pair.step("main", text="找到这些设备", listing=True)
    for asked in ("设置技术人员密码", "再输入一次"):
        pair.shows(text=asked)
        pair.enter(TECHNICIAN_PIN)
        pair.touch("main")
    twin.see(text="试一试每个设备")
    machine.until(lambda: shows(machine, recovery_page), STEP_S, "no recovery key")
    machine.look("recovery-key")
    pair.touch_here("main")
    pair.step("main", text="试一试每个设备", listing=True)
    pair.step("main", text="可以开始服务了", listing=True)
    pair.shows(view="Attract")
