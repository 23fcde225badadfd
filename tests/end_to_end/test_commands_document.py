"""``bianmin document`` as a process: pictures of pages on a table, to one PDF."""

import stat
from pathlib import Path

import numpy as np
import pytest

from devices.printer.pages import count_pages
from devices.virtual.page_scene import View, lay
from devices.virtual.pages import Sheet, draw
from screens.png import png
from tests.command_line import bianmin


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return pictures of two pages, each at its angle, and of an empty table."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(5)
    scenes = {
        "letter": lay(draw(Sheet.LETTER), View(turn=4), rng, (1280, 960)).pixels,
        "form": lay(draw(Sheet.FORM), View(tilt=6), rng, (1280, 960)).pixels,
        "nothing": np.full((720, 960, 3), 150, np.uint8),
    }
    for name, pixels in scenes.items():
        (folder / f"{name}.png").write_bytes(png(np.ascontiguousarray(pixels[:, :, ::-1])))
    return {name: folder / f"{name}.png" for name in scenes}


def test_pages_to_one_pdf(pictures: dict[str, Path], tmp_path: Path) -> None:
    """Each picture's page is one of the PDF, which its owner alone can read; what was found is told."""
    out = tmp_path / "out.pdf"
    ended = bianmin("document", pictures["letter"], pictures["form"], "-o", out, "--tone", "grey", "--json")
    assert (ended.code, ended.err) == (0, "")
    assert count_pages(out.read_bytes()) == 2
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    told = ended.json
    assert (told["file"], told["bytes"]) == (str(out), out.stat().st_size)
    assert [(page["paper"], page["usable"]) for page in told["pages"]] == [("a4", True), ("a4", True)]


def test_a_picture_without_a_page(pictures: dict[str, Path], tmp_path: Path) -> None:
    """Nothing is written, and the picture that has no page is named."""
    out = tmp_path / "out.pdf"
    ended = bianmin("document", pictures["letter"], pictures["nothing"], "-o", out, "--json")
    assert (ended.code, ended.json["error"]["code"]) == (1, "document.not_captured")
    assert [page["usable"] for page in ended.json["pages"]] == [True, False]
    assert not out.exists()


def test_a_file_that_is_no_picture(tmp_path: Path) -> None:
    """It is named, with its number."""
    ended = bianmin("document", tmp_path / "none.png", "-o", tmp_path / "out.pdf")
    assert ended.code == 1
    assert ended.err.startswith("3203 document.not_an_image")
    assert "none.png: No such file" in ended.err


def test_a_pdf_that_cannot_be_written(pictures: dict[str, Path], tmp_path: Path) -> None:
    """A folder that is not there is told, without a traceback."""
    ended = bianmin("document", pictures["letter"], "-o", tmp_path / "none" / "out.pdf")
    assert ended.code == 1
    assert "Traceback" not in ended.err
    assert "No such file" in ended.err
