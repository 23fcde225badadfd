"""``bianmin support-bundle`` as a technician runs it: what lands on the stick, what is queued, and what it refuses."""

import gzip
import json
from pathlib import Path
from uuid import uuid4

import pytest

from kiosk.config import example
from kiosk.store import Store
from kiosk.sync import enrolment as identities
from kiosk.sync.support_request import ASKED
from tests.command_line import bianmin
from tests.terminal_parts import CITIZEN, DEVICE_KEY, SEALING_KEY, TERMINAL, StandingClock, enrolment
from wire.envelope import Envelope, unseal
from wire.support import SupportBundle


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return the configuration of a terminal that is not enrolled, and whose centre does not answer."""
    (tmp_path / "data").mkdir()
    (tmp_path / "stick").mkdir()
    path = tmp_path / "terminal.toml"
    text = example().replace("/var/lib/bianmin", str(tmp_path / "data"))
    path.write_text(text.replace("https://centre.example", "http://127.0.0.1:9"), encoding="utf-8")
    return path


@pytest.fixture
def enrolled(config: Path) -> Path:
    """Return the configuration of a terminal that is enrolled, with one application in its queue."""
    data = config.parent / "data"
    identities._keep(data, identities.Identity(key=DEVICE_KEY.private_bytes_raw(), enrolment=enrolment()))
    with Store.open(data / "terminal.sqlite3", StandingClock(), TERMINAL) as store:
        store.cases.submit("item", CITIZEN, {})
    return config


def test_sealed_onto_a_stick(enrolled: Path) -> None:
    """One file, which the centre's key opens: the queue is counted in it, the citizen is nowhere."""
    ended = bianmin("support-bundle", enrolled.parent / "stick", "--json", "--config", enrolled)
    assert (ended.code, ended.err) == (0, "")
    (file,) = (enrolled.parent / "stick").iterdir()
    assert ended.json["file"] == str(file)
    archive = unseal(Envelope.model_validate_json(file.read_bytes()), SupportBundle, key=SEALING_KEY).archive
    plain = gzip.decompress(archive)
    assert b'"queued": 1' in plain
    assert b"centre.unreachable" in plain
    for word in (CITIZEN.name, CITIZEN.id_number, CITIZEN.address or ""):
        assert word.encode() not in plain
        assert json.dumps(word).strip('"').encode() not in plain


def test_plain_before_anything_is_set_up(config: Path) -> None:
    """Whoever sets a terminal up can look into a plain bundle; a sealed one needs a centre to seal it to."""
    stick = config.parent / "stick"
    refused = bianmin("support-bundle", stick, "--json", "--config", config)
    assert (refused.code, refused.json["error"]["code"]) == (1, "terminal.not_enrolled")
    assert list(stick.iterdir()) == []
    assert bianmin("support-bundle", stick, "--plain", "--config", config).code == 0
    assert [file.name.endswith(".tar.gz") for file in stick.iterdir()] == [True]


def test_to_the_centre_when_it_asked(enrolled: Path) -> None:
    """Nothing is made where nobody asked; asked once, one bundle is queued, and the request is taken away."""
    data = enrolled.parent / "data"
    command = ("support-bundle", "--to-centre", "--if-asked", "--json", "--config", enrolled)
    assert bianmin(*command).json == {}
    (data / ASKED).write_text(str(uuid4()))
    assert "envelope" in bianmin(*command).json
    assert not (data / ASKED).exists()
    with Store.open(data / "terminal.sqlite3", StandingClock(), TERMINAL) as store:
        assert [one.header.kind.value for one in store.outbox.pending(9)] == ["application", "support_bundle"]


@pytest.mark.parametrize(
    "words", [[], ["folder", "--to-centre"], ["--to-centre", "--plain"]], ids=["none", "two", "open"]
)
def test_one_way_at_a_time(config: Path, words: list[str]) -> None:
    """Either a folder or the centre; to the centre nothing goes unsealed."""
    assert bianmin("support-bundle", *words, "--config", config).code == 2


@pytest.mark.fault("no stick", code="terminal.stick_unwritable")
def test_no_stick(enrolled: Path) -> None:
    """A folder that is not there is named by its number, and what to do."""
    ended = bianmin("support-bundle", enrolled.parent / "nowhere", "--config", enrolled)
    assert ended.code == 1
    assert ended.err.startswith("1045 terminal.stick_unwritable")
