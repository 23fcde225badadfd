"""Support bundles: whatever lies in a terminal's logs, settings and states, nothing of a person comes along."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.virtual.people import LIU, ZHANG, ZHANG_YU
from kiosk.config import Config, example
from kiosk.store import Store
from kiosk.support import ways
from kiosk.support.bundle import Facts, archive
from kiosk.support.journal import excerpt
from kiosk.support.vocabulary import vocabulary
from kiosk.sync.support_request import ASKED, ask, take
from tests.terminal_parts import CENTRE_KEY, CITIZEN, SEALING_KEY, START, TERMINAL, StandingClock
from wire.envelope import Envelope, EnvelopeKind, unseal
from wire.messages import DeviceReport, PushOutcome, Receipt
from wire.receipts import sign_receipt
from wire.support import MOST_ARCHIVE_BYTES, SupportBundle

BOOT = "0" * 31 + "1"
PEOPLE = (ZHANG, LIU, ZHANG_YU)
TELEPHONE = "13942600017"
PERSONAL = (
    *(word for person in PEOPLE for word in (person.name, person.id_number, person.address, person.card_number)),
    *("Zhang Xiaoyan", "LIU<<DEHOU", "zhang.xiaoyan@mail.example", TELEPHONE, "E12345678", "6222020000000000"),
    *("hunter2-proxy", "scrypt$", "wifi-passphrase"),
)
SHOWN = [*PERSONAL, *(word.replace(" ", "_") for word in PERSONAL)]


def line(message: object, **fields: object) -> bytes:
    """Return a journal's entry as journalctl prints it."""
    entry = {
        "__REALTIME_TIMESTAMP": str(int(START.timestamp() * 1e6)),
        "_BOOT_ID": BOOT,
        "_SYSTEMD_UNIT": "bianmin-sync.service",
        "MESSAGE": message,
        **fields,
    }
    return json.dumps(entry).encode()


def opened(packed: bytes) -> dict[str, str]:
    """Return an archive's files."""
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as tar:
        return {member.name: tar.extractfile(member).read().decode() for member in tar}  # type: ignore[union-attr]


def traces(packed: bytes) -> list[str]:
    """Return what of a person, or of a secret, is in an archive, however it is written there."""
    plain = gzip.decompress(packed)
    unescaped = json.dumps(opened(packed), ensure_ascii=False).encode() + "".join(
        chunk for chunk in opened(packed).values()
    ).encode().decode("unicode_escape", errors="replace").encode("utf-8", errors="replace")
    return [
        word
        for word in SHOWN
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")
        if word.encode(encoding) in plain or word.encode(encoding) in unescaped
    ]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "terminal.sqlite3", StandingClock(), TERMINAL) as store:
        yield store


def facts(**changes: Any) -> Facts:  # noqa: ANN401 - fields of Facts
    return Facts(**{"at": START, "version": "0.1.0", "enrolment": TERMINAL.enrolment, **changes})


def test_what_a_bundle_tells(tmp_path: Path, store: Store) -> None:
    """Versions, settings as switches, findings, states, counts, the audit log's head, boots and known events."""
    path = tmp_path / "terminal.toml"
    path.write_text(example().replace("#pin_hash", "pin_hash"), encoding="utf-8")
    store.cases.submit("item", CITIZEN, {})
    store.outbox.set_aside(store.outbox.pending(1)[0].header.id, "wire.malformed")
    store.settings.report_devices(
        (DeviceReport(name="A4", kind="printer", state="PrinterStopped", detail="printer.jammed; media-jam-error"),)
    )
    machine = DeviceReport(
        name="storage", kind="health", state="notice", detail="terminal.storage_worn; mmc0: up to 80 % of its life used"
    )
    journal = [
        line('timestamp=x level=warning logger=sync event="line lost" reason="ConnectError: no route"'),
        line("level=error logger=sync event=refused job=push code=wire.malformed"),
        line('level=warning logger=kiosk.status_board event="device lost: printer A4: PrinterStopped printer.jammed"'),
        line('level=critical logger=bianmin event="ended by a bug" error=KeyError at="/usr/lib/bianmin/lib/python3.13'
             '/site-packages/kiosk/visit.py:12 < /usr/lib/python3.13/asyncio/runners.py:9"'),
        line("", MESSAGE_ID="98e322203f7a4ed290d09fe03c09fe15", UNIT="bianmin-kiosk.service", _COMM="systemd",
             EXIT_STATUS="6", _SYSTEMD_UNIT="init.scope"),
    ]  # fmt: skip
    told = opened(
        archive(
            facts(
                config=Config.load(path),
                findings=[("printer A4", "fault", "printer.jammed")],
                machine=[machine],
                store=store,
            ),
            journal,
        )
    )
    parts = {name.removeprefix("support/"): text for name, text in told.items()}
    assert json.loads(parts["about.json"])["terminal"] == "dl-0012"
    configuration = json.loads(parts["configuration.json"])
    assert configuration["session"] == {"idle_s": 60, "warning_s": 15}
    assert configuration["technician"] == {"pin_hash": "set"}
    assert [reader["kind"] for reader in configuration["card_readers"]] == ["pcsc", "sam"]
    assert json.loads(parts["findings.json"]) == [{"subject": "printer", "grade": "fault", "code": "printer.jammed"}]
    assert json.loads(parts["devices.json"]) == [
        {"kind": "printer", "state": "PrinterStopped", "code": "printer.jammed"},
        {
            "kind": "health",
            "state": "notice",
            "code": "terminal.storage_worn",
            "subject": "storage",
            "figures": ["up to 80 %"],
        },
    ]
    counted = json.loads(parts["store.json"])
    assert counted["outbox"] == [
        {"kind": "application", "state": "quarantined", "problem": "wire.malformed", "count": 1}
    ]
    assert counted["audit"]["number"] > 0
    assert json.loads(parts["boots.json"])["failures"] == {"bianmin-kiosk.service": 1}
    events = [json.loads(text) for text in parts["events.jsonl"].splitlines()]
    assert [event.get("event") or event.get("happened") for event in events[:-1]] == [
        "line lost",
        "refused",
        "device lost:",
        "ended by a bug",
        "process ended",
    ]
    assert events[1]["code"] == "wire.malformed"
    assert events[2]["codes"] == ["printer.jammed"]
    assert (events[3]["error"], events[3]["at_places"]) == ("KeyError", ["kiosk/visit.py:12"])
    assert events[4]["status"] == "6"
    assert events[-1] == {"withheld": 0}


word = st.sampled_from(PERSONAL)
anywhere = st.one_of(word, st.tuples(st.text(max_size=5), word, st.text(max_size=5)).map("".join))
said = st.sampled_from([*vocabulary().events, "copy ", "unheard of", ""])
field = st.sampled_from(
    ["level", "logger", "event", "error", "at", "job", "kind", "code", "id", "key", "envelopes", "reason", "state"]
)
pairs = st.lists(st.tuples(field, anywhere), max_size=6)


def logfmt(event: str, extra: str, told: list[tuple[str, str]]) -> str:
    quoted = " ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in told)
    return f"event={json.dumps(event + extra, ensure_ascii=False)} {quoted}"


entries = st.one_of(
    st.builds(lambda event, extra, told: line(logfmt(event, extra, told)), said, anywhere, pairs),
    st.builds(line, anywhere),
    st.builds(lambda text: line(list(text.encode())), anywhere),
    st.builds(
        lambda unit, status, text: line(
            text,
            UNIT=unit,
            EXIT_STATUS=status,
            MESSAGE_ID="98e322203f7a4ed290d09fe03c09fe15",
            _COMM="systemd",
            _BOOT_ID=text,
        ),
        st.one_of(anywhere, st.just("bianmin-sync.service")),
        anywhere,
        anywhere,
    ),
    st.builds(lambda unit, text: line(f"event=pushed {text}", _SYSTEMD_UNIT=unit), anywhere, anywhere),
    st.binary(max_size=20),
)
reports = st.builds(
    DeviceReport,
    name=anywhere,
    kind=st.one_of(anywhere, st.sampled_from(["health", "printer", "store"])),
    state=st.one_of(anywhere, st.sampled_from(["notice", "PrinterReady"])),
    detail=anywhere,
)


@given(
    journal=st.lists(entries, max_size=8),
    devices=st.lists(reports, max_size=4),
    machine=st.lists(reports, max_size=4),
    findings=st.lists(st.tuples(anywhere, anywhere, anywhere), max_size=4),
    version=anywhere,
)
@settings(
    max_examples=100, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_nothing_of_a_person_comes_along(
    store: Store,
    *,
    journal: list[bytes],
    devices: list[DeviceReport],
    machine: list[DeviceReport],
    findings: list[tuple[str, str, str]],
    version: str,
) -> None:
    """Names, numbers, addresses and secrets in any place of any source are in no archive, in no encoding."""
    store.settings.report_devices(tuple(devices))
    made = archive(facts(version=version, findings=findings, machine=machine, store=store), journal)
    assert traces(made) == []


def test_nothing_typed_into_the_configuration_comes_along(tmp_path: Path) -> None:
    """Every text of the configuration is told as set; secrets and names that a technician typed are not repeated."""
    text = example().replace("#pin_hash", "pin_hash")
    for old in ("ACS ACR39U ICC Reader", "certificates", "slips", "centre.example", "localhost:60000", "/dev/ttyS0"):
        assert old in text
    text = text.replace("ACS ACR39U ICC Reader", ZHANG.name).replace("centre.example", "hunter2-proxy")
    path = tmp_path / "terminal.toml"
    path.write_text(text.replace("/var/lib/bianmin", f"/var/{LIU.name}"), encoding="utf-8")
    assert traces(archive(facts(config=Config.load(path)), [])) == []


def test_the_search_itself_finds_what_it_looks_for(store: Store) -> None:
    """What would be written in the clear, or with JSON's escapes, is found: the tests above can fail."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for number, content in enumerate((json.dumps(ZHANG.name).encode(), LIU.name.encode(), TELEPHONE.encode())):
            member = tarfile.TarInfo(str(number))
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    assert {ZHANG.name, LIU.name, TELEPHONE} <= set(traces(out.getvalue()))


def test_a_shouting_log_still_fits() -> None:
    """However long the log is, the bundle stays within its limit, and keeps the newest events."""
    many = [
        line(f"level=info logger=sync event=command kind=sync id={uuid4()}", __REALTIME_TIMESTAMP=str(10**15 + at))
        for at in range(20_000)
    ]
    made = archive(facts(), many)
    assert len(made) <= MOST_ARCHIVE_BYTES
    last = [json.loads(text) for text in opened(made)["support/events.jsonl"].splitlines()][-2]
    assert last["id"] == json.loads(many[-1])["MESSAGE"].rpartition("=")[2]


def test_what_is_withheld_is_counted() -> None:
    """A line whose words are nobody's is left out, and one more is said to have been left out."""
    told = excerpt([line("event=whatever"), line("event=pushed envelopes=3 refused=0"), b"no json"], vocabulary())
    assert told.withheld == 1
    assert [(event["event"], event["envelopes"]) for event in told.events] == [("pushed", "3")]


def test_a_bundle_for_the_centre_is_sealed_and_queued(store: Store) -> None:
    """It goes the way of every envelope: queued, unreadable here, opened by the centre's key alone."""
    command = uuid4()
    assert store.support.answered() == ""
    made = archive(facts(store=store), [])
    ways.to_centre(store, made, command)
    (envelope,) = store.outbox.pending(10)
    assert envelope.header.kind is EnvelopeKind.SUPPORT_BUNDLE
    assert unseal(envelope, SupportBundle, key=SEALING_KEY) == SupportBundle(archive=made, command=command)
    assert store.support.answered() == str(command)


def test_a_request_of_the_centre_is_answered_once(tmp_path: Path, store: Store) -> None:
    """Told again with every heartbeat, it waits as one file; once answered, it is not taken up again."""
    command: UUID = uuid4()
    assert ask(tmp_path, store, command)
    assert ask(tmp_path, store, command)
    assert (tmp_path / ASKED).exists()
    assert take(tmp_path) == command
    assert take(tmp_path) is None
    ways.to_centre(store, b"made", command)
    assert not ask(tmp_path, store, command)
    assert take(tmp_path) is None
    (tmp_path / ASKED).write_text("no id at all")
    assert take(tmp_path) is None
    assert not (tmp_path / ASKED).exists(), "or the path unit would start for ever"


def test_a_sealed_file_is_for_the_centre_alone(tmp_path: Path) -> None:
    """On the stick lies one file, an envelope: signed by the terminal, closed for the centre."""
    path = ways.to_folder(tmp_path, b"made", TERMINAL, StandingClock())
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name] == ["bianmin-dl-0012-20261123T013000.support"]
    envelope = Envelope.model_validate_json(path.read_bytes())
    assert unseal(envelope, SupportBundle, key=SEALING_KEY).archive == b"made"


@pytest.mark.fault("no stick", code="terminal.stick_unwritable")
@pytest.mark.parametrize("write", [
    lambda folder: ways.to_folder(folder, b"made", TERMINAL, StandingClock()),
    lambda folder: ways.plain_to_folder(folder, b"made", StandingClock()),
], ids=["sealed", "plain"])  # fmt: skip
def test_no_stick(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    """A folder that is not there has a code; nothing is made elsewhere instead."""
    with pytest.raises(ways.StickUnwritable) as raised:
        write(tmp_path / "stick")
    assert raised.value.code == "terminal.stick_unwritable"
    assert list(tmp_path.iterdir()) == []


def test_a_settled_receipt_leaves_the_counts_readable(store: Store) -> None:
    """Codes of tomorrow's centre in quarantine are withheld, not repeated."""
    store.cases.submit("item", CITIZEN, {})
    id_ = store.outbox.pending(1)[0].header.id
    strange = Receipt(id=id_, outcome=PushOutcome.REFUSED, problem=f"refused.{ZHANG.card_number}")
    store.outbox.acknowledge([sign_receipt(strange, CENTRE_KEY)])
    made = archive(facts(store=store), [])
    assert traces(made) == []
    assert json.loads(opened(made)["support/store.json"])["outbox"][0]["problem"] == "(withheld)"
