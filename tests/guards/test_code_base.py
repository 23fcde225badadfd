"""The code base keeps its own rules: linters, types, layers, sizes, no stray Python, no secrets of the workshop."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PACKAGES = ("wire", "devices", "kiosk", "screens", "central", "sample_centre", "demo")
MAX_LINES = 300


def _modules() -> list[Path]:
    return sorted(
        path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts
    )


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"], ["lint-imports"]],
    ids=lambda command: command[0] + "-" + command[-1].strip(".-") if len(command) > 1 else command[0],
)
def test_linter_finds_nothing(command: list[str]) -> None:
    """Every linter of `make check` is content."""
    done = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_modules_stay_small_and_say_their_job() -> None:
    """A module opens with one sentence and stays under 300 lines."""
    for path in _modules():
        source = path.read_text(encoding="utf-8")
        assert len(source.splitlines()) <= MAX_LINES, f"{path.relative_to(ROOT)} is longer than {MAX_LINES} lines"
        if source.strip():
            assert ast.get_docstring(ast.parse(source)), f"{path.relative_to(ROOT)} does not say its job"


def test_no_python_in_systemd() -> None:
    """systemd/ never shadows python-systemd."""
    assert not list((ROOT / "systemd").rglob("*.py"))


def test_kivy_only_where_it_may_be() -> None:
    """Kivy is imported only in screens and kiosk.wiring."""
    importing = re.compile(r"^\s*(?:import|from) kivy\b", re.MULTILINE)
    allowed = {ROOT / "kiosk" / "wiring.py"}
    for path in _modules():
        if path not in allowed and ROOT / "screens" not in path.parents:
            assert not importing.search(path.read_text(encoding="utf-8")), f"{path.relative_to(ROOT)} imports kivy"


def test_screens_know_no_vendor_library_but_kivy() -> None:
    """Screens draw; devices, database and network are behind the flows."""
    foreign = re.compile(
        r"^\s*(?:import|from) (?:smartcard|serial|cups|zxingcpp|pyzbar|cv2|sqlite3|httpx|typst)\b", re.MULTILINE
    )
    for path in _modules():
        if ROOT / "screens" in path.parents:
            assert not foreign.search(path.read_text(encoding="utf-8")), f"{path.relative_to(ROOT)} knows too much"


def test_nothing_is_put_off() -> None:
    """No TODO, no skipped or expected failure stands in the tree."""
    word = re.compile(r"\b(?:TODO|FIXME|XXX|NotImplementedError)\b|pytest\.mark\.(?:skip\b|xfail)")
    for path in _tracked():
        if path.suffix == ".py" and path != Path(__file__):
            assert not word.search(path.read_text(encoding="utf-8")), f"{path.relative_to(ROOT)} puts something off"


def test_requirements_name_no_index() -> None:
    """Locked versions carry hashes, and no address of a package index."""
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        assert "--find-links" not in text


def test_every_requirement_says_why() -> None:
    """Each dependency has a reason behind it."""
    for name in ("requirements.in", "requirements-dev.in", "packages-debian.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith(("#", "-c")):
                assert "#" in line, line
