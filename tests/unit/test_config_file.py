"""The configuration changed in its file: what a person wrote stays, and nothing wrong is ever written."""

from pathlib import Path

import pytest

from kiosk.config import Config, ConfigWrong, PcscReader, SamReader, example
from kiosk.config_file import ConfigFile

HASH = f"scrypt${'0' * 32}${'1' * 64}"


@pytest.fixture
def file(tmp_path: Path) -> ConfigFile:
    path = tmp_path / "terminal.toml"
    path.write_text(example(), encoding="utf-8")
    return ConfigFile(path)


def comments(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("# ")]


def test_keys_are_changed_where_they_stand(file: ConfigFile) -> None:
    """A changed key stands below its description, also one whose default was only shown; no comment is lost."""
    file.change(
        {"centre": {"url": "https://dl.example", "proxy": "http://p.example:3128"}, "technician": {"pin_hash": HASH}}
    )
    lines = file.path.read_text(encoding="utf-8").splitlines()
    assert comments("\n".join(lines)) == comments(example())
    was, now = (set(text) for text in (example().splitlines(), lines))
    assert now - was == {'url = "https://dl.example"', 'proxy = "http://p.example:3128"', f'pin_hash = "{HASH}"'}
    assert lines[lines.index('proxy = "http://p.example:3128"') - 1].startswith("# the proxy")
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert file.load().technician.pin_hash == HASH


def test_a_key_is_removed_again(file: ConfigFile) -> None:
    """What was set can be unset; setting it twice sets it once."""
    for value in ("http://p.example:3128", "http://q.example:3128", None):
        config = file.change({"centre": {"proxy": value}})
        assert config.centre.proxy == value == file.load().centre.proxy


@pytest.mark.parametrize("count", [0, 1, 3])
def test_readers_are_replaced(file: ConfigFile, count: int) -> None:
    """The list of readers becomes the one that is given; a file without any gets one."""
    readers = [
        {"kind": "sam", "port": "/dev/ttyUSB0"},
        {"kind": "pcsc", "name": "One"},
        {"kind": "pcsc", "name": "Two"},
    ]
    expected = (
        SamReader(kind="sam", port=Path("/dev/ttyUSB0")),
        PcscReader(kind="pcsc", name="One"),
        PcscReader(kind="pcsc", name="Two"),
    )
    file.change({"card_readers": []})
    assert file.load().card_readers == ()
    assert file.change({"card_readers": readers[:count]}).card_readers == expected[:count] == file.load().card_readers


def test_sections_come_and_go(file: ConfigFile) -> None:
    """A section that is not there is made, one that is not wanted goes, its neighbours stay."""
    assert file.change({"slip_printer": None}).slip_printer is None
    slips = {"queue": "slips", "uri": "ipp://localhost:60001/ipp/print"}
    made = file.change({"slip_printer": slips}).slip_printer
    assert made is not None
    assert made.queue == "slips"
    assert file.load().printer == Config.parse(example(), file.path).printer


def test_nothing_wrong_is_written(file: ConfigFile) -> None:
    """A change that the terminal could not start with leaves the file as it was."""
    before = file.path.read_bytes()
    with pytest.raises(ConfigWrong, match=r"centre\.url"):
        file.change({"centre": {"url": "http://elsewhere.example"}})
    assert file.path.read_bytes() == before


def test_the_link_stays_a_link(file: ConfigFile, tmp_path: Path) -> None:
    """/etc is read-only: what stands there points to the data partition, and goes on pointing there."""
    link = tmp_path / "etc.toml"
    link.symlink_to(file.path)
    ConfigFile(link).change({"camera": {"source": 0}})
    assert link.is_symlink()
    assert file.load().camera.source == 0


def test_a_password_wants_a_private_file(file: ConfigFile) -> None:
    """A proxy's password in a file that others can read is refused, and never repeated."""
    config = file.change({"centre": {"proxy": "http://user:geheim@p.example:3128"}})
    assert "geheim" not in repr(config)
    file.path.chmod(0o640)
    with pytest.raises(ConfigWrong, match="0640") as caught:
        file.load()
    assert "geheim" not in str(caught.value)
