"""``bianmin quarantine``: what the centre refused is listed, and sent again when somebody says so."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from kiosk import private_files
from kiosk.config import Config, example
from kiosk.store import Store
from kiosk.store.outbox import OutboxState
from kiosk.sync.enrolment import Identity
from tests.command_line import Ended, bianmin
from tests.terminal_parts import CITIZEN, DEVICE_KEY, TERMINAL, StandingClock, receipt_for
from wire.messages import PushOutcome

NEVER = date(9999, 1, 1)
PAST = date(2020, 1, 1)
UNKNOWN = "01a20626-8a7b-7cc3-98c4-dc0c0c07398f"


@dataclass(frozen=True)
class Desk:
    """A terminal with two refused envelopes and one that waits, and its command."""

    config: Path
    database: Path
    refused: tuple[str, str]

    def run(self, *arguments: str) -> Ended:
        return bianmin("quarantine", "--config", self.config, *arguments)

    def state(self, envelope_id: str) -> OutboxState | None:
        with Store.open(self.database, StandingClock(), TERMINAL) as store:
            return store.outbox.state(envelope_id)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    config = tmp_path / "terminal.toml"
    config.write_text(example().replace("/var/lib/bianmin", str(tmp_path)), encoding="utf-8")
    identity = Identity(key=DEVICE_KEY.private_bytes_raw(), enrolment=TERMINAL.enrolment)
    private_files.replace(tmp_path / "terminal.json", identity.model_dump_json().encode())
    database = Config.load(config).database
    with Store.open(database, StandingClock(), TERMINAL) as store:
        for _ in range(3):
            store.cases.submit("shop", CITIZEN, {"phone": "13900000000"})
        first, second, _ = store.outbox.pending(3)
        refusals = (
            receipt_for(first, PushOutcome.REFUSED, "centre.case_number_taken", owner="0007", due_on=NEVER),
            receipt_for(second, PushOutcome.REFUSED, "wire.malformed", due_on=PAST),
        )
        store.outbox.acknowledge(refusals)
    return Desk(config, database, (str(first.header.id), str(second.header.id)))


def test_listed(desk: Desk) -> None:
    """Each with its number, its owner and its day; nothing of a citizen."""
    told = desk.run()
    first, second = desk.refused
    assert (told.code, told.err) == (0, "")
    owners = "the centre's administrators"
    assert told.out.splitlines() == [
        f"{first}  application #1: 5104 centre.case_number_taken; to be settled by 0007 until 9999-01-01",
        f"{second}  application #2: 6001 wire.malformed; to be settled by {owners} until 2020-01-01, OVERDUE",
        "2 in quarantine",
    ]
    listed = desk.run("--json").json["quarantined"]
    assert [(one["id"], one["code"], one["owner"], one["overdue"]) for one in listed] == [
        (first, "centre.case_number_taken", "0007", False),
        (second, "wire.malformed", "", True),
    ]
    for private in (CITIZEN.name, CITIZEN.id_number, CITIZEN.address or "", "13900000000"):
        assert private not in told.out + str(listed)


def test_released(desk: Desk) -> None:
    """A released one is in the queue again, and in the audit log; the other stays where it is."""
    first, second = desk.refused
    assert desk.run("--release", first, "--json").json == {"released": [first], "unknown": []}
    assert (desk.state(first), desk.state(second)) == (OutboxState.QUEUED, OutboxState.QUARANTINED)
    with Store.open(desk.database, StandingClock(), TERMINAL) as store:
        assert ("envelope_released", first) in store.audit.events()
    assert desk.run().out.splitlines()[-1] == "1 in quarantine"


def test_what_is_not_there(desk: Desk) -> None:
    """An ID that is not in quarantine changes nothing and is a fault; something that is no ID is a usage error."""
    first, _ = desk.refused
    told = desk.run("--release", first, "--release", UNKNOWN)
    assert (told.code, told.out) == (1, f"{first}: will be sent again\n")
    assert told.err == f"{UNKNOWN}: is not in quarantine\n"
    assert desk.run("--release", first).code == 1, "it waits in the queue"
    assert desk.run("--release", "1").code == 2
