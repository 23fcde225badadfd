"""The doctor's look at what is no device: each finding's grade, code and words, without any hardware."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from kiosk.config import Config, example
from kiosk.doctor import Grade, privacy, terminal
from kiosk.doctor.findings import Finding, fault, notice
from kiosk.store import Store
from tests.terminal_parts import CITIZEN, TERMINAL, StandingClock
from wire.clock import ClockQuality


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return a configuration whose data lie in a new folder, and whose centre does not answer."""
    path = tmp_path / "terminal.toml"
    text = example().replace("/var/lib/bianmin", str(tmp_path)).replace("https://centre.example", "http://127.0.0.1:9")
    path.write_text(text, encoding="utf-8")
    return Config.load(path)


def looked(finding: Finding) -> tuple[Grade, str | None]:
    return finding.grade, finding.code


def test_a_store_that_is_well(config: Config) -> None:
    """What is queued is counted; nothing is made where nothing was."""
    assert looked(terminal.store(config, TERMINAL, StandingClock())) == (Grade.NOTICE, None)
    assert not config.database.exists()
    with Store.open(config.database, StandingClock(), TERMINAL) as store:
        store.cases.submit("shop", CITIZEN, {})
    finding = terminal.store(config, TERMINAL, StandingClock())
    assert (finding.grade, finding.detail) == (Grade.WELL, "1 envelopes queued, 0 in quarantine")


def test_a_quarantine_that_is_overdue(config: Config) -> None:
    """What the centre refused is a fault until it is settled, and it is said how much of it is late."""
    clock = StandingClock()
    with Store.open(config.database, clock, TERMINAL) as store:
        store.cases.submit("shop", CITIZEN, {})
        store.outbox.set_aside(store.outbox.pending(1)[0].header.id, "wire.malformed")
    told = "0 envelopes queued, 1 in quarantine"
    finding = terminal.store(config, TERMINAL, clock)
    assert (*looked(finding), finding.detail) == (Grade.FAULT, "terminal.quarantined", told)
    clock.pass_(4 * 86_400)
    assert terminal.store(config, TERMINAL, clock).detail == f"{told}, 1 of them overdue"


def test_a_store_that_is_damaged(config: Config) -> None:
    """It is told by its code; no traceback."""
    config.database.write_bytes(b"no database" * 1000)
    finding = terminal.store(config, TERMINAL, StandingClock())
    assert finding.grade is Grade.FAULT
    assert finding.code is not None
    assert finding.code.startswith("terminal.store_")


def test_temporary_files(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that would have to write temporary files to a disk does not start; the doctor says so before."""
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    assert looked(privacy.temporary_files(config)) == (Grade.WELL, None)
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/proc/on-no-tmpfs")
    assert looked(privacy.temporary_files(config)) == (Grade.FAULT, "terminal.no_memory_folder")


@pytest.mark.parametrize(
    ("swaps", "expected"),
    [
        ("", (Grade.WELL, None)),
        ("/dev/zram0 partition 4194300 0 100\n", (Grade.WELL, None)),
        ("/dev/zram0 partition 4194300 0 100\n/dev/sda3 partition 9 0 -2\n", (Grade.NOTICE, "terminal.swapping")),
        ("/swap.img file 4194300 0 -2\n", (Grade.NOTICE, "terminal.swapping")),
    ],
    ids=["none", "zram", "partition", "file"],
)
def test_swap(tmp_path: Path, swaps: str, expected: tuple[Grade, str | None]) -> None:
    """Memory that the system may write to a disk is noticed; compressed memory is none."""
    told = tmp_path / "swaps"
    assert looked(privacy.swap(told)) == (Grade.WELL, None)
    told.write_text(f"Filename Type Size Used Priority\n{swaps}", encoding="utf-8")
    assert looked(privacy.swap(told)) == expected


def test_not_enrolled(config: Config) -> None:
    """Without an identity there is a finding, and no terminal."""
    found, finding = terminal.enrolled(config)
    assert found is None
    assert looked(finding) == (Grade.FAULT, "terminal.not_enrolled")


async def test_no_centre(config: Config) -> None:
    """A centre that does not answer is named by its address."""
    (finding,) = await terminal.centre(config, StandingClock())
    assert (*looked(finding), finding.detail) == (Grade.FAULT, "centre.unreachable", "http://127.0.0.1:9")


@pytest.mark.fault("clock wrong", code="wire.clock_skewed")
@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 23 Nov 2026 01:30:29 GMT", (Grade.WELL, None, "this clock is 29 s slow")),
        ("Mon, 23 Nov 2026 01:32:00 GMT", (Grade.NOTICE, "wire.clock_skewed", "this clock is 120 s slow")),
        ("Fri, 20 Nov 2026 01:30:00 GMT", (Grade.NOTICE, "wire.clock_skewed", "this clock is 259200 s fast")),
        (None, None),
        ("yesterday", None),
    ],
    ids=["near", "slow", "fast", "untold", "garbled"],
)
async def test_the_centres_clock(
    config: Config, date: str | None, expected: tuple[Grade, str | None, str] | None
) -> None:
    """A clock that differs from the centre's is told with by how much; the terminal serves all the same."""
    with answering(date) as url:
        near = config.model_copy(update={"centre": config.centre.model_copy(update={"url": url})})
        centre, *clocks = await terminal.centre(near, StandingClock(at=datetime(2026, 11, 23, 1, 30, tzinfo=UTC)))
    assert looked(centre) == (Grade.WELL, None)
    assert [(*looked(finding), finding.detail) for finding in clocks] == ([] if expected is None else [expected])


@contextmanager
def answering(date: str | None) -> Iterator[str]:
    """Serve a centre's ``healthz`` on loopback, with a Date."""

    class Healthz(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(204)
            if date is not None:
                self.send_header("Date", date)
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Healthz) as server:
        serving = Thread(target=partial(server.serve_forever, poll_interval=0.02))
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


@pytest.mark.parametrize(
    ("quality", "grade"), [(ClockQuality.SYNCHRONISED, Grade.WELL), (ClockQuality.UNCERTAIN, Grade.NOTICE)]
)
def test_clock(quality: ClockQuality, grade: Grade) -> None:
    """A clock that nobody synchronised is noticed; the terminal serves all the same."""
    assert terminal.time(StandingClock(trust=quality)).grade is grade


def test_what_a_finding_says() -> None:
    """Number, words and advice come with the code; a code without advice of its own says what citizens are told."""
    told = fault("printer", "printer.jammed", "media-jam-error").as_dict()
    assert (told["number"], told["grade"], told["well"]) == (4004, "fault", False)
    assert told["advice"]["en"].startswith("Open the cover")
    told = notice("printer", "", "printer.stuck").as_dict()
    assert told["well"]
    assert told["advice"]["en"].startswith("Please ask the staff")
