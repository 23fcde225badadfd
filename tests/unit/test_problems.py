"""Messages to people: every code in the tree is listed once, in both languages, and every listed one is in use."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from wire.problems import ProblemDetails, catalogue, details, problem
from wire.text import Language

ROOT = Path(__file__).parents[2]
PACKAGES = ("wire", "devices", "kiosk", "screens", "central", "sample_centre", "demo")
LIST = ROOT / "wire" / "problems.toml"
CODE = re.compile(r"([a-z]+)\.([a-z][a-z_]*)")
NOT_CODES = {
    "json",
    "toml",
    "key",
    "conf",
    "log",
    "pem",
    "html",
    "css",
    "js",
    "typ",
    "pdf",
    "png",
    "svg",
    "py",
    "sql",
    "crt",
}
RANGES = {
    "terminal": 1, "device": 1, "card": 2, "reader": 2, "scan": 3, "scanner": 3, "camera": 3, "document": 3,
    "verification": 3, "printer": 4, "centre": 5, "certificate": 5, "case": 5, "form": 1, "network": 1,
    "update": 1, "wire": 6,
}  # fmt: skip


def used() -> dict[str, Path]:
    """Return every code that stands as a string in the code, and where."""
    subjects = set(RANGES)
    found: dict[str, Path] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    match = CODE.fullmatch(node.value)
                    if match and match[1] in subjects and match[2] not in NOT_CODES:
                        found.setdefault(node.value, path.relative_to(ROOT))
    return found


def data() -> str:
    """Return the data files in which a code may stand: the sample centre's registers, templates, forms."""
    suffixes = {".toml", ".json", ".html", ".typ", ".csv"}
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.suffix in suffixes]
    return "\n".join(path.read_text(encoding="utf-8") for path in files if path != LIST)


def test_every_code_in_use_is_listed() -> None:
    """No screen ever shows "something happened" because a code was forgotten."""
    forgotten = {code: str(path) for code, path in used().items() if code not in catalogue()}
    assert not forgotten


def test_every_listed_code_is_in_use() -> None:
    """The list holds nothing that nobody raises."""
    raised, elsewhere = used(), data()
    assert [code for code in catalogue() if code not in raised and f'"{code}"' not in elsewhere] == []


@pytest.mark.parametrize("code", list(catalogue()))
def test_said_in_every_language(code: str) -> None:
    """Each problem says what happened and what to do next, in both languages; what is kept, in both or in neither."""
    listed = catalogue()[code]
    for language in Language:
        assert listed.happened.in_language(language).strip()
        assert listed.next.in_language(language).strip()
    assert bool(listed.kept.zh) == bool(listed.kept.en)
    chinese = listed.happened.zh + listed.kept.zh + listed.next.zh
    english = listed.happened.en + listed.kept.en + listed.next.en
    assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", english)
    assert not re.search(r"[,.;!?]", chinese), "Chinese takes full-width punctuation"
    assert re.search(r"[\u4e00-\u9fff]", chinese)


@pytest.mark.parametrize("code", list(catalogue()))
def test_number_tells_the_subject(code: str) -> None:
    """The thousands of a number say what it is about."""
    assert catalogue()[code].number // 1000 == RANGES[code.partition(".")[0]]


def test_list_has_nothing_else() -> None:
    """Each entry is a number and three sentences in each language."""
    for entries in tomllib.loads(LIST.read_text(encoding="utf-8")).values():
        for entry in entries.values():
            assert set(entry) == {"number", "zh", "en"}
            assert len(entry["zh"]) == len(entry["en"]) == 3


def test_unknown_code_has_words_too() -> None:
    """A code of a newer centre still gives a screen."""
    assert problem("a.code_of_tomorrow") is catalogue()["terminal.unexpected"]


def test_details() -> None:
    """A refusal over HTTP bears code, number and status (RFC 9457)."""
    told = details("wire.token_refused", 401)
    assert (told.status, told.code, told.number) == (401, "wire.token_refused", 6004)
    assert told.type == "tag:bianmin,2026:problem/6004"
    assert ProblemDetails.model_validate_json(told.model_dump_json()) == told


def test_two_of_one_number(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A number that is given twice is found when the list is read."""
    text = LIST.read_text(encoding="utf-8").replace("number = 1002", "number = 1001")
    (tmp_path / "problems.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr("wire.problems.files", lambda _: tmp_path)
    with pytest.raises(ValueError, match="share a number"):
        catalogue.__wrapped__()
