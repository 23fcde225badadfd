"""The code base keeps its own rules: linters, types, layers, sizes, no stray Python, no secrets of the workshop."""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PACKAGES = ("wire", "devices", "kiosk", "screens", "central", "sample_centre", "demo")
MAX_LINES = 300
# what is installed with requirements-PART.txt
PARTS = {"terminal": ("wire", "devices", "kiosk", "screens"), "centre": ("wire", "central", "sample_centre")}
LOCKS = ("requirements.txt", *(f"requirements-{part}.txt" for part in PARTS), "requirements-dev.txt")


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
    for name in LOCKS:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        assert "--find-links" not in text


def _locked(name: str) -> dict[str, set[str]]:
    """Return the versions that a list locks, by package; some depend on the Python."""
    text = (ROOT / name).read_text(encoding="utf-8")
    locked: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([a-z0-9.-]+)==(\S+)", text, re.MULTILINE):
        locked.setdefault(package, set()).add(version)
    return locked


def test_terminal_and_centre_have_the_versions_that_are_tested() -> None:
    """Their lists are parts of the one that development installs, and together all of it."""
    everything, terminal, centre = (_locked(f"requirements{part}.txt") for part in ("", "-terminal", "-centre"))
    assert everything == terminal | centre
    assert terminal == {name: everything[name] for name in terminal}
    assert "django" not in terminal
    assert "kivy" not in centre


@pytest.mark.parametrize("part", PARTS)
def test_nothing_is_imported_that_is_not_installed_there(part: str) -> None:
    """A terminal's image has no library of the centre's, a centre none of the screen's, and neither misses one."""
    locked = _locked(f"requirements-{part}.txt")
    ours = {path.name for path in ROOT.iterdir() if path.is_dir()}
    known = packages_distributions()
    for path in _modules():
        if path.relative_to(ROOT).parts[0] in PARTS[part]:
            for name in _imported(path) - ours - sys.stdlib_module_names:
                packages = {package.lower().replace("_", "-") for package in known[name]}
                assert packages & locked.keys(), f"{path.relative_to(ROOT)} imports {name}"


def _imported(module: Path) -> set[str]:
    names: set[str] = set()
    for each in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(each, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in each.names}
        elif isinstance(each, ast.ImportFrom) and each.module and not each.level:
            names.add(each.module.partition(".")[0])
    return names


def test_every_requirement_says_why() -> None:
    """Each dependency has a reason behind it."""
    for name in (*(name.replace(".txt", ".in") for name in LOCKS), "packages-debian.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith(("#", "-c")):
                assert "#" in line, line
