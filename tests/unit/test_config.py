"""The configuration file: the example is right, and every mistake is told with its place and its remedy."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from kiosk.config import Config, ConfigWrong, PcscReader, Printer, SamReader, described, example
from wire.text import Language


def load(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "kiosk.toml"
    path.write_text(text, encoding="utf-8")
    return Config.load(path)


def changed(old: str, new: str) -> str:
    """Return the example with one place changed."""
    assert old in example()
    return example().replace(old, new, 1)


def keys_of(model: type[BaseModel], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found |= keys_of(kind, f"{prefix}{name}.")
        elif name == "card_readers":
            found |= keys_of(PcscReader, f"{name}.") | keys_of(SamReader, f"{name}.")
        elif name == "slip_printer":
            found |= keys_of(Printer, f"{name}.")
        else:
            found.add(prefix + name)
    return found


def test_example_is_right(tmp_path: Path) -> None:
    """The example can be used as it is."""
    config = load(tmp_path, example())
    assert config.database == Path("/var/lib/bianmin/terminal.sqlite3")
    assert [reader.kind for reader in config.card_readers] == ["pcsc", "sam"]
    assert config.centre.ca_file is None


def test_example_names_every_key_and_shows_its_default(tmp_path: Path) -> None:
    """The example describes each key that there is, and the values after # are the defaults."""
    assert set(described()) == keys_of(Config)
    assert all(description and line for description, line in described().values())
    with_defaults = "\n".join(
        line.removeprefix("#") if line.startswith("#") and not line.startswith("# ") else line
        for line in example().splitlines()
        if not line.startswith(("#ca_file", "#csca_dir", "#pin_hash", "#prompts", "#proxy"))
    )
    assert load(tmp_path, with_defaults) == load(tmp_path, example())


def test_little_is_needed(tmp_path: Path) -> None:
    """What has a default need not be written."""
    config = load(
        tmp_path,
        'data_dir = "/d"\nlanguages = ["en"]\n[centre]\nurl = "http://127.0.0.1:8000"\n[camera]\nsource = 0\n'
        '[printer]\nqueue = "q"\nuri = "ipp://localhost/ipp"\n',
    )
    assert config.slip_printer is None
    assert (config.card_readers, config.languages, config.camera.source) == ((), (Language.EN,), 0)
    assert (config.screen.width, config.screen.height, config.session.idle_s) == (1080, 1920, 60)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("https://centre.example", "http://centre.example", "centre.url: http is only for a centre on this machine;"),
        ("https://centre.example", "centre.example", "centre.url: not an https address;"),
        ('kind = "sam"', 'kind = "usb"', "card_readers[1]: "),
        ('port = "/dev/ttyS0"', 'port = "ttyS0"', "card_readers[1].port: the path is not absolute;"),
        ('"/dev/video0"', '"rtsp://camera"', "camera.source: neither an index"),
        ('"/dev/video0"', "-1", "camera.source: neither an index"),
        ("queue = ", "qeue = ", "printer.qeue: there is no such key; here may stand: cups_socket, queue, uri"),
        ("queue = ", "qeue = ", "printer.queue: is missing; expected: name of the queue in CUPS: letters"),
        ("#width = 1080", "width = 10", "screen.width: Input should be greater than or equal to 640; expected: width"),
        ("#idle_s = 60", "idle_s = true", "session.idle_s: Input should be a valid integer;"),
        ('#languages = ["zh", "en"]', 'languages = ["zh", "fr"]', "languages[1]: Input should be 'zh' or 'en';"),
        ('queue = "slips"', 'queue = "certificates"', "slip_printer: the queue is the other printer's;"),
        ("[camera]", "[kamera]", "camera: is missing; expected: a section with camera.source"),
        ("url = ", "url ", "not TOML: Expected '=' after a key"),
    ],
)  # fmt: skip
def test_mistakes(tmp_path: Path, old: str, new: str, told: str) -> None:
    """A mistake is told with file, key, and what was expected."""
    with pytest.raises(ConfigWrong) as caught:
        load(tmp_path, changed(old, new))
    assert f"kiosk.toml: {told}" in str(caught.value)
    assert caught.value.code == "terminal.config_wrong"


def test_example_in_the_error(tmp_path: Path) -> None:
    """The error shows a line that could stand there."""
    with pytest.raises(ConfigWrong, match=r'example: url = "https://centre\.example"'):
        load(tmp_path, changed('url = "https://centre.example"', ""))


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    """An empty file is told all that it lacks."""
    with pytest.raises(ConfigWrong) as caught:
        load(tmp_path, "")
    assert len(str(caught.value).splitlines()) == 4


def test_no_file(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(ConfigWrong, match=r"none\.toml: No such file"):
        Config.load(tmp_path / "none.toml")
