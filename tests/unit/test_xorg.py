"""How the picture is turned: what Xorg is told, for the connectors that there are."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.__main__ import main
from kiosk.config import example
from kiosk.xorg import rotation_file

CONNECTORS = ("card0", "card0-HDMI-A-1", "card0-DP-2", "card0-eDP-1", "card1-HDMI-A-1", "renderD128", "version")


@pytest.fixture
def drm(tmp_path: Path) -> Path:
    for name in CONNECTORS:
        (tmp_path / "drm" / name).mkdir(parents=True)
    return tmp_path / "drm"


@pytest.mark.parametrize(
    ("rotation", "touched", "shown"),
    [  # where a touch at (0.1, 0.2) of an unturned panel is on the picture as people see it
        ("left", (0.1, 0.2), (0.8, 0.1)),
        ("right", (0.1, 0.2), (0.2, 0.9)),
        ("inverted", (0.1, 0.2), (0.9, 0.8)),
    ],
)
def test_picture_and_touches_are_turned_alike(
    drm: Path, rotation: str, touched: tuple[float, float], shown: tuple[float, float]
) -> None:
    """Every output is turned, and a touch lands where the finger is."""
    content = rotation_file(rotation, drm)  # type: ignore[arg-type]
    for output in ("HDMI-1", "DP-2", "eDP-1"):
        assert content.count(f'Identifier "{output}"\n    Option "Rotate" "{rotation}"') == 1
    matrix = [float(part) for part in content.split('"TransformationMatrix" "')[1].split('"')[0].split()]
    x, y = touched
    assert (matrix[0] * x + matrix[1] * y + matrix[2], matrix[3] * x + matrix[4] * y + matrix[5]) == pytest.approx(
        shown
    )


def test_an_upright_picture_needs_nothing(drm: Path) -> None:
    """There is no section for what is not turned."""
    assert "Section" not in rotation_file("normal", drm)


def test_the_command_writes_what_the_configuration_says(tmp_path: Path) -> None:
    """The whole file is there at once, or the former one."""
    config = tmp_path / "terminal.toml"
    config.write_text(example().replace('#rotation = "normal"', 'rotation = "left"'), encoding="utf-8")
    out = tmp_path / "90-rotation.conf"
    done = CliRunner().invoke(main, ["xorg", "--config", str(config), "--out", str(out)])
    assert (done.exit_code, done.output) == (0, "")
    assert 'TransformationMatrix" "0 -1 1 1 0 0 0 0 1"' in out.read_text()
    assert [path.name for path in tmp_path.glob("*.conf")] == [out.name]
