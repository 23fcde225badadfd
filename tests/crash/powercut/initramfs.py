"""The root of the machine whose power is cut: this Python, exactly the modules that the guest imports, nothing else."""

import importlib.util
import py_compile
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

_DATA = ("kiosk/store/migrations/*.sql", "wire/problems.toml")
_REHEARSAL = """
import random, sys, tempfile
from pathlib import Path
import encodings.ascii, encodings.idna
import tests.crash.powercut.guest
from kiosk.store.recovery import open_store
from kiosk.sync import enrolment
from tests.crash.losing.alone import WorkAlone, be_enrolled
from wire.clock import SystemClock
with tempfile.TemporaryDirectory() as folder:
    data = Path(folder)
    be_enrolled(data)
    with open_store(data / "terminal.sqlite3", SystemClock(), enrolment.load(data)) as store:
        work = WorkAlone(data, store, random.Random(0))
        for _ in range(20):
            work.task()
        work.export(), work.roll_key(), work.take_bundle(), work.take_receipts()
for module in list(sys.modules.values()):
    print(getattr(module, "__file__", None) or "")
for line in open("/proc/self/maps"):
    print(line.split(maxsplit=5)[-1].strip())
"""


def interpreter() -> Path:
    """Return where the machine finds Python: the same path as here."""
    return Path(sys.executable).resolve()


def search_path(project: Path) -> str:
    """Return what PYTHONPATH is in the machine."""
    packages = importlib.util.find_spec("pydantic")
    assert packages is not None
    assert packages.origin is not None
    return f"{project}:{Path(packages.origin).parents[1]}"


def initramfs(modules: dict[str, bytes], project: Path) -> bytes:
    """Return the root as cpio (newc: driver-api/early-userspace/buffer-format of the kernel's documentation).

    ``modules``: the kernel's, by name, in the order in which they are loaded.
    """
    files = {str(path)[1:]: (0o100755, path.read_bytes()) for path in _needed(project)}
    for path in [Path(f"/{name}") for name in files if name.endswith(".py")]:
        compiled = Path(importlib.util.cache_from_source(str(path)))
        files[str(compiled)[1:]] = (0o100644, _compiled(path))
    files |= {name: (0o100644, content) for name, content in modules.items()}
    files["modules.order"] = (0o100644, "\n".join(f"/{name}" for name in modules).encode())
    return _cpio(files)


def _needed(project: Path) -> Iterator[Path]:
    """Give what a rehearsal of the work had open; libraries, and the linker, by the names that they are asked for."""
    shown = subprocess.run([sys.executable, "-c", _REHEARSAL], cwd=project, capture_output=True, text=True, check=False)
    if shown.returncode:
        raise RuntimeError(f"the work cannot be rehearsed\n{shown.stderr}")
    opened = {path for path in map(Path, shown.stdout.splitlines()) if path.is_absolute() and path.is_file()}
    libraries = [str(path) for path in opened if ".so" in path.suffixes]
    linked = subprocess.run(["ldd", str(interpreter()), *libraries], check=True, capture_output=True, text=True)
    by_name = {Path(word) for word in linked.stdout.split() if word.startswith("/") and not word.endswith(":")}
    yield from sorted(opened | by_name | {interpreter()})
    for pattern in _DATA:
        yield from project.glob(pattern)


def _compiled(source: Path) -> bytes:
    """Return a module compiled, to be used whatever the source's time."""
    with tempfile.NamedTemporaryFile(suffix=".pyc") as target:
        py_compile.compile(
            str(source), target.name, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
        )
        return Path(target.name).read_bytes()


def _cpio(files: dict[str, tuple[int, bytes]]) -> bytes:
    folders = {str(parent) for name in files for parent in Path(name).parents if str(parent) != "."}
    whole = dict.fromkeys(folders, (16877, b"")) | files
    out = bytearray()
    for number, name in enumerate((*sorted(whole), "TRAILER!!!"), start=1):
        mode, content = whole.get(name, (0, b""))
        label = name.encode() + b"\0"
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(label), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + label
        out += head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4)
    return bytes(out)
