"""A log of the terminal tells where something failed, never what was said."""

import subprocess
import sys

import pytest

_SECRET = "210203199106120028"
_PROGRAM = """
import asyncio, logging, threading
from kiosk import logs
logs.begin()

def fail(*_):
    raise ValueError("{secret}")

async def forgotten():
    async def later(): fail()
    asyncio.create_task(later())
    await asyncio.sleep(0.01)

{how}
"""
_WAYS = {
    "logged": "try:\n    fail()\nexcept ValueError:\n    logging.getLogger('x').exception('failed')",
    "crash": "fail()",
    "thread": "thread = threading.Thread(target=fail); thread.start(); thread.join()",
    "task": "asyncio.run(forgotten()); import gc; gc.collect()",
}


@pytest.mark.parametrize("how", _WAYS)
def test_an_exceptions_text_is_not_logged(how: str) -> None:
    """Type and place of a failure are told, its text is not, however it comes to the log."""
    program = _PROGRAM.format(secret=_SECRET, how=_WAYS[how])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "error=ValueError" in done.stderr
    assert "at=<string>:" in done.stderr.replace('at="<string>', "at=<string>")
    assert _SECRET not in done.stderr + done.stdout
