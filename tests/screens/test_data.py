"""Colours, line breaking, words, fonts and pictures: everything of the screens that needs no window."""

import ast
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from fontTools.ttLib import TTFont

from screens import fonts, theme
from screens.icons import ICONS
from screens.kinsoku import break_lines, widest_unit
from screens.png import png
from screens.words import chrome, word
from wire.identity import DocumentKind

SCREENS = Path(fonts.__file__).parent


@pytest.mark.parametrize("palette", [theme.NORMAL, theme.HIGH_CONTRAST], ids=["normal", "high"])
@pytest.mark.parametrize("pair", theme.WRITTEN_ON, ids="-on-".join)
def test_contrast(palette: theme.Palette, pair: tuple[str, str]) -> None:
    """Everything that is written has a contrast of 7:1 or more."""
    assert theme.contrast(*(getattr(palette, name) for name in pair)) >= theme.LEAST_CONTRAST


def test_contrast_of_known_colours() -> None:
    """Contrast is counted as WCAG counts it."""
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


def test_no_text_is_small() -> None:
    """No style is below 30 px, in any size."""
    assert min(min(sizes) for sizes in theme.TEXT_SIZES.values()) >= 30


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("请把证件放在读卡区。", ["请把证件放", "在读卡区。"]),
        ("请把证件放好，等提示", ["请把证件放", "好，等提示"]),
        ("这是五个字，好", ["这是五个", "字，好"]),
        ("一二三（四五）", ["一二三（四", "五）"]),
        ("一二三四（五", ["一二三四", "（五"]),
        ("five and more", ["five", "and", "more"]),
        ("约15厘米左右", ["约15厘米", "左右"]),
        ("abcdefgh", ["abcde", "fgh"]),
        ("一\n二", ["一", "二"]),
        ("", [""]),
    ],
)
def test_lines(text: str, lines: list[str]) -> None:
    """No line begins with a closing mark or ends with an opening one; words stay whole where they can."""
    assert break_lines(text, lambda _: 10, 50) == lines


def test_widest_unit() -> None:
    """The widest thing that may not be broken is a word, or a character with its mark."""
    assert widest_unit("a bcd 好。", lambda _: 1) == 3


def test_every_word_in_use_is_listed_and_every_listed_one_is_used() -> None:
    """The chrome's words and the screens' code agree."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in SCREENS.rglob("*") if path.suffix in {".py", ".kv"})
    made = (
        {f"{key}_hint" for key in chrome()}
        | {f"state_{state}" for state in _STATES}
        | {kind.value for kind in DocumentKind}
    )
    quoted = set(re.findall(r'"([a-z_]+)"', code)) | made
    assert set(re.findall(r'word\("([a-z_]+)"', code)) <= set(chrome())
    assert set(chrome()) <= quoted


def _defined_in(module: Path) -> set[str]:
    return {each.name for each in ast.parse(module.read_text(encoding="utf-8")).body if isinstance(each, ast.ClassDef)}


def _imported_by(module: Path, seen: set[Path]) -> set[Path]:
    """Return a module of screens, and those that it imports, however far."""
    if module in seen or not module.is_file():
        return seen
    seen.add(module)
    for each in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(each, ast.ImportFrom) and (each.module or "").startswith("screens"):
            at = SCREENS.parent.joinpath(*str(each.module).split("."))
            packages = [at, *(part for part in at.parents if SCREENS in part.parents)]
            for needed in (at.with_suffix(".py"), *(package / "__init__.py" for package in packages)):
                _imported_by(needed, seen)
    return seen


@pytest.mark.parametrize("rules", sorted(SCREENS.rglob("*.kv")), ids=lambda path: path.stem)
def test_a_rule_has_every_widget_that_it_names(rules: Path) -> None:
    """Whichever screen is the first to be shown: the module beside a kv file imports what the rules are made of."""
    ours = {name for module in SCREENS.rglob("*.py") for name in _defined_in(module)}
    named = set(re.findall(r"^ +([A-Z]\w*):", rules.read_text(encoding="utf-8"), re.MULTILINE)) & ours
    there = {name for module in _imported_by(rules.with_suffix(".py"), set()) for name in _defined_in(module)}
    assert named <= there


_STATES = ("accepted", "in_review", "supplement_requested", "approved", "rejected", "delivered")


def test_words_are_filled_in_both_languages() -> None:
    """A word's blanks are the same in both languages."""
    for both in chrome().values():
        assert set(re.findall(r"{\w+}", both.zh)) == set(re.findall(r"{\w+}", both.en))
    assert word("digits_left", count=3).zh == "还差 3 位"


def test_faces_are_simplified_chinese() -> None:
    """The faces have the mainland's shapes, and every icon is in the icon font."""
    faces = fonts.find_faces()
    with TTFont(faces.regular, lazy=True) as regular, TTFont(faces.icons, lazy=True) as icons:
        assert regular["name"].getDebugName(1) == "Noto Sans CJK SC"
        assert {ord(char) for char in ICONS.values()} <= set(icons.getBestCmap())


def test_missing_faces_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal without its fonts names the command that makes them."""
    monkeypatch.setenv("BIANMIN_FONTS", str(tmp_path))
    with pytest.raises(fonts.FontsMissing, match=r"python -m screens\.fonts"):
        fonts.find_faces()


def test_png_is_read_by_others(tmp_path: Path) -> None:
    """A picture comes back pixel by pixel through another reader."""
    pixels = np.random.default_rng(1).integers(0, 255, (7, 5, 3), np.uint8)
    (tmp_path / "picture.png").write_bytes(png(pixels))
    assert (cv2.imread(str(tmp_path / "picture.png"))[:, :, ::-1] == pixels).all()
