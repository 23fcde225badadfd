"""The glass ends as quietly as it ran."""

import signal
import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import asyncio, logging, sys
from pathlib import Path
from screens import gallery_views
from screens.environment import WindowSettings
from screens.running import run_app

async def show(stage):
    view = dict(gallery_views.views())[sys.argv[2]]
    showing = asyncio.create_task(stage.show(view))
    await asyncio.sleep(0.3)
    print("shown", flush=True)
    await showing

logging.basicConfig(level=logging.WARNING)
logging.disable(logging.INFO)
window = WindowSettings(kivy_home=Path(sys.argv[1]), now=lambda: gallery_views.NOW, offscreen=True)
asyncio.run(run_app(show, window))
"""


def test_sigterm_ends_it_without_a_word(tmp_path: Path) -> None:
    """A terminal told to stop by systemd stops with status 0, and has no error to tell."""
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(tmp_path), "form-text"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "shown\n"
        program.send_signal(signal.SIGTERM)
        _, errors = program.communicate(timeout=20)
    assert (program.returncode, errors) == (0, "")
