"""What it costs that nobody can read an application: sealing beside plain AES-GCM, the outbox beside a plain INSERT."""

import os
import sqlite3  # noqa: TID251 - the peer: what SQLite alone takes
import tempfile
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kiosk.store import Store
from tests.bench.tables import Row, Table, timed
from tests.terminal_parts import CITIZEN, SEALING_KEY, START, TERMINAL, StandingClock
from wire.envelope import EnvelopeKind, unseal
from wire.messages import Application

_TIMES = 200
_APPLICATION = Application(
    case_number="DL20260001",
    item="senior_card",
    applicant=CITIZEN,
    answers={"reason": "年满六十周岁" * 20, "phone": "13900000000"},
    token_digest="0" * 64,
    submitted_at=START,
)


def measure() -> list[Table]:
    """Return both tables."""
    return [_sealing(), _outbox()]


def _sealing() -> Table:
    plain = _APPLICATION.model_dump_json().encode()
    cipher = AESGCM(os.urandom(32))
    envelope = TERMINAL.close(EnvelopeKind.APPLICATION, _APPLICATION, StandingClock())
    peer = "AES-256-GCM of the same bytes, key at hand"
    rows = (
        Row(
            "seal and sign an application",
            timed(partial(TERMINAL.close, EnvelopeKind.APPLICATION, _APPLICATION, StandingClock()), _TIMES),
            peer,
        ),
        Row(
            "unseal it (the centre does)",
            timed(partial(unseal, envelope, Application, key=SEALING_KEY), _TIMES),
            peer,
        ),
        Row(peer, timed(lambda: cipher.encrypt(os.urandom(12), plain, None), _TIMES)),
    )
    sizes = f"{len(plain)} bytes become {len(envelope.model_dump_json())} of JSON, {len(envelope.body)} of them sealed"
    return Table("An envelope: HPKE (X25519 + ML-KEM-768, AES-256-GCM) and Ed25519", "ms", rows, (sizes,))


def _outbox() -> Table:
    # beside the build, not in a temporary folder that may be memory: the disk's flush is what is measured
    build = Path(__file__).parents[2] / "build"
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as folder:
        with Store.open(Path(folder) / "terminal.sqlite3", StandingClock(), TERMINAL) as store:
            ours = timed(partial(store.outbox.submit, EnvelopeKind.APPLICATION, _APPLICATION), _TIMES)
            text = store.outbox.pending(1)[0].model_dump_json()
        plain = sqlite3.connect(Path(folder) / "plain.sqlite3", isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
            plain.execute(f"PRAGMA {pragma}").fetchone()
        plain.execute("CREATE TABLE queue (position INTEGER PRIMARY KEY, envelope TEXT) STRICT")
        theirs = timed(lambda: plain.execute("INSERT INTO queue (envelope) VALUES (?)", (text,)), _TIMES)
        plain.close()
    peer = "INSERT of the sealed text, same pragmas"
    rows = (Row("outbox.submit: number, seal, sign, commit", ours, peer), Row(peer, theirs))
    return Table("The outbox: on disk when it returns", "ms", rows)
