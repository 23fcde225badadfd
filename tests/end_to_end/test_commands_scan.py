"""``bianmin scan`` as a process: pictures from files, and a virtual camera behind HTTP."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import segno

from devices.virtual.camera import VirtualCamera
from screens.png import png
from tests.command_line import bianmin


@pytest.fixture
def camera() -> Iterator[VirtualCamera]:
    camera = VirtualCamera()
    yield camera
    camera.close()


def picture_of(payload: str | bytes, path: Path) -> Path:
    segno.make(payload, micro=False, error="m").save(str(path), scale=6, border=4)
    return path


def test_codes_of_pictures(tmp_path: Path) -> None:
    """Each picture's codes are told with their text, whatever its coding, their bytes, and who read them."""
    latin, chinese = picture_of("bianmin", tmp_path / "a.png"), picture_of("大连".encode("gb18030"), tmp_path / "b.png")
    ended = bianmin("scan", latin, chinese, "--json")
    assert (ended.code, ended.err) == (0, "")
    first, second = ended.json
    assert (first["source"], [code["text"] for code in first["codes"]]) == (str(latin), ["bianmin"])
    assert first["codes"][0]["hex"] == b"bianmin".hex()
    assert [code["text"] for code in second["codes"]] == ["大连"]


def test_a_picture_without_a_code(tmp_path: Path) -> None:
    """A picture in which nothing is read ends with 3; the others are told all the same."""
    blank = tmp_path / "blank.png"
    full = picture_of("there", tmp_path / "full.png")
    blank.write_bytes(_white_png())
    ended = bianmin("scan", blank, full, "--json")
    assert ended.code == 3
    assert [[code["text"] for code in one["codes"]] for one in ended.json] == [[], ["there"]]


@pytest.mark.parametrize("content", [None, b"", b"no picture"])
def test_a_file_that_is_no_picture(tmp_path: Path, content: bytes | None) -> None:
    """A file that cannot be read has its number."""
    path = tmp_path / "file.png"
    if content is not None:
        path.write_bytes(content)
    ended = bianmin("scan", path, "--json")
    assert (ended.code, ended.json["error"]["code"]) == (1, "document.not_an_image")


def test_before_a_camera(camera: VirtualCamera) -> None:
    """The code that is held before the camera is read."""
    camera.show_code(b"held up")
    ended = bianmin("scan", "--camera", camera.url, "--json")
    assert (ended.code, ended.err) == (0, "")
    assert ended.json[0]["codes"][0]["text"] == "held up"


def test_nothing_before_a_camera(camera: VirtualCamera) -> None:
    """No code before the deadline: an exit code of its own."""
    ended = bianmin("scan", "--camera", camera.url, "--deadline", "2", "--json")
    assert (ended.code, ended.json["error"]["code"]) == (3, "scan.none_shown")


def _white_png() -> bytes:
    return png(np.full((120, 160, 3), 255, np.uint8))
