"""A release has no demo, no virtual hardware and no way to look at the screen from outside; it runs without them."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.config import example
from kiosk.sync.enrolment import Identity
from tests.appliance.machine import ROOT
from tests.terminal_parts import DEVICE_KEY, enrolment

PYTHON = (sys.executable, "-S", "-P")  # -S: without the finder that knows the repository
PACKAGES = ("wire", "devices", "kiosk", "screens")
LEFT_OUT: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["bianmin"]["release"]["leaves-out"]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the application's files as the image has them."""
    tree = tmp_path_factory.mktemp("release")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in LEFT_OUT:
        path = tree / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return tree


def _environment(release: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    paths = f"{release}:{sysconfig.get_path('purelib')}"
    return {**kept, "PYTHONPATH": paths, "BIANMIN_FONTS": str(ROOT / "build" / "fonts"), **more}


def _bianmin(release: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*PYTHON, "-m", "kiosk", *arguments]
    return subprocess.run(
        command, env=_environment(release), cwd=release, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_list_names_what_is_there() -> None:
    """Each entry exists, and the image's build leaves out each."""
    build = (ROOT / "image_build" / "build").read_text(encoding="utf-8")
    for name in LEFT_OUT:
        assert (ROOT / name).exists(), name
        assert name in build, name


def test_commands_of_demo_and_tests_are_not_there(release: Path) -> None:
    """`bianmin demo` says so, and no option serves the screen."""
    demo = _bianmin(release, "demo")
    assert (demo.returncode, "not part of this release" in demo.stderr) == (1, True)
    served = _bianmin(release, "run", "--live-port", "1")
    assert (served.returncode, "No such option" in served.stderr) == (2, True)


@contextlib.contextmanager
def _notified(folder: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(folder / "notify"))
        listening.settimeout(60)
        yield listening


def test_it_runs_without_them(release: Path, tmp_path: Path) -> None:
    """The application of a release comes to its attract screen, says so to systemd, and ends on SIGTERM."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    identity = data / "terminal.json"
    identity.touch(0o600)
    identity.write_text(Identity(key=DEVICE_KEY.private_bytes_raw(), enrolment=enrolment()).model_dump_json())
    config = tmp_path / "terminal.toml"
    config.write_text(example().replace("/var/lib/bianmin", str(data), 1), encoding="utf-8")
    command = [*PYTHON, "-m", "kiosk", "run", "--config", str(config)]
    with (
        _notified(tmp_path) as systemd,
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(
            command, env=_environment(release, NOTIFY_SOCKET=str(tmp_path / "notify")), cwd=release, stderr=log
        ) as running,
    ):
        try:
            told = ""
            while "READY=1" not in told:
                told += systemd.recv(4096).decode()
            running.send_signal(signal.SIGTERM)
            assert running.wait(30) == 0
        finally:
            running.kill()
