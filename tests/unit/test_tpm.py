"""A device key sealed by a TPM: swtpm is the chip, tpm2-tools are the real ones."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx  # noqa: TID251 - the seam between the client and the stand-in for the centre
import pytest

from kiosk.config import Config, example
from kiosk.doctor import Grade, terminal
from kiosk.store.tpm import KeySealed, SealedKey, Tpm
from kiosk.sync import enrolment
from kiosk.sync.client import CentreClient
from kiosk.sync.new_key import new_key, opened
from tests.swtpm import chip
from tests.terminal_parts import TERMINAL, StandingClock
from wire.keys import verifying_key

SECRET = bytes(range(32))
NOWHERE = Tpm("swtpm:path=/nonexistent")


@pytest.fixture(scope="module")
def tpm() -> Iterator[Tpm]:
    with chip() as one:
        yield one


@pytest.fixture(scope="module")
def another() -> Iterator[Tpm]:
    with chip() as one:
        yield one


@pytest.fixture(autouse=True)
def _no_tpm_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TPM2TOOLS_TCTI", NOWHERE.tcti)


def test_sealed_and_opened(tpm: Tpm) -> None:
    """The same TPM opens what it sealed, any number of times; the secret is nowhere in what is kept."""
    sealed = [tpm.seal(SECRET) for _ in range(3)]
    assert [tpm.unseal(one) for one in sealed * 2] == [SECRET] * 6
    assert all(SECRET not in one.tpm_private + one.tpm_public for one in sealed)
    again = SealedKey.model_validate_json(sealed[0].model_dump_json())
    assert (again, tpm.unseal(again)) == (sealed[0], SECRET)
    assert repr(sealed[0]) == "SealedKey()"


@pytest.mark.fault("key sealed by another TPM", code="terminal.key_sealed")
def test_another_tpm_does_not_open_it(tpm: Tpm, another: Tpm) -> None:
    """A copied file is worth nothing on another machine; nor is one in which a bit was changed."""
    sealed = tpm.seal(SECRET)
    with pytest.raises(KeySealed, match="tpm2_load"):
        another.unseal(sealed)
    changed = sealed.model_copy(update={"tpm_private": sealed.tpm_private[:-1] + bytes([sealed.tpm_private[-1] ^ 1])})
    with pytest.raises(KeySealed):
        tpm.unseal(changed)


@pytest.mark.fault("no TPM where there was one", code="terminal.key_sealed")
def test_no_tpm() -> None:
    """Nothing is made up where there is none: neither sealed nor opened."""
    with pytest.raises(KeySealed, match="tpm2_flushcontext"):
        NOWHERE.seal(SECRET)


def test_tools_that_are_not_there(monkeypatch: pytest.MonkeyPatch, tpm: Tpm) -> None:
    """The package tpm2-tools may be missing."""
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(KeySealed, match="FileNotFoundError"):
        tpm.seal(SECRET)


def test_which_tpm() -> None:
    """Like tpm2-tools: their variable, else the kernel's."""
    assert Tpm.here({}) == Tpm("device:/dev/tpmrm0")
    assert Tpm.here({"TPM2TOOLS_TCTI": "swtpm:path=/x"}) == Tpm("swtpm:path=/x")


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return the configuration of a terminal whose key is to be sealed, with its identity already there."""
    path = tmp_path / "terminal.toml"
    text = example().replace("/var/lib/bianmin", str(tmp_path / "data"))
    path.write_text(text.replace("#sealed_by_tpm = false", "sealed_by_tpm = true"), encoding="utf-8")
    (tmp_path / "data").mkdir(mode=0o700)
    return Config.load(path)


async def _enrol(config: Config, tpm: Tpm) -> None:
    def centre(request: httpx.Request) -> httpx.Response:
        assert b"public_key" in request.content
        return httpx.Response(
            200, headers={"Bianmin-Protocol": "1"}, content=TERMINAL.enrolment.model_dump_json().encode()
        )

    async with CentreClient("http://127.0.0.1", StandingClock(), transport=httpx.MockTransport(centre)) as client:
        await enrolment.enrol(config.data_dir, client, "ABCD-1234-EFGH", "test", tpm=tpm)


async def test_a_sealed_identity(config: Config, tpm: Tpm, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key that enrolment made is sealed in its file of mode 0600, and signs as long as this TPM is there."""
    monkeypatch.setenv("TPM2TOOLS_TCTI", tpm.tcti)
    await _enrol(config, tpm)
    found = _files(config.data_dir)
    assert set(found) == {"terminal.json"}
    assert (config.data_dir / "terminal.json").stat().st_mode & 0o777 == 0o600
    identity = enrolment.read(config.data_dir)
    assert isinstance(identity.key, SealedKey)
    key = opened(identity.key)
    assert key.private_bytes_raw() not in found["terminal.json"]
    loaded = enrolment.load(config.data_dir)
    verifying_key(key.public_key().public_bytes_raw()).verify(loaded.key.sign(b"x"), b"x")
    assert terminal.enrolled(config)[1].grade is Grade.WELL

    monkeypatch.setenv("TPM2TOOLS_TCTI", NOWHERE.tcti)
    loaded.key.sign(b"it was opened at the start")
    with pytest.raises(KeySealed):
        enrolment.load(config.data_dir)
    nobody, finding = terminal.enrolled(config)
    assert (nobody, finding.code) == (None, "terminal.key_sealed")


def test_a_key_that_was_begun(tmp_path: Path, tpm: Tpm, another: Tpm, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that was made and not used yet is found again; one of a TPM that is gone is replaced by a new one."""
    path = tmp_path / "next.key"
    monkeypatch.setenv("TPM2TOOLS_TCTI", tpm.tcti)
    first, stored = new_key(path, tpm)
    again, as_before = new_key(path, tpm)
    assert (again.private_bytes_raw(), as_before) == (first.private_bytes_raw(), stored)
    assert path.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("TPM2TOOLS_TCTI", another.tcti)
    other, _ = new_key(path, another)
    assert other.private_bytes_raw() != first.private_bytes_raw()
    bare, raw = new_key(tmp_path / "bare.key", None)
    assert raw == bare.private_bytes_raw() == (tmp_path / "bare.key").read_bytes()


def test_secrets_are_on_no_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sealed goes in by a pipe; no program gets it as an argument, no file holds it."""
    tool = tmp_path / "tpm2_tool"
    tool.write_text('#!/bin/sh\necho "$0 $@" >> "$SEEN"; cat > /dev/null; ls -R "$TMPDIR" >> "$SEEN"; exit 0\n')
    tool.chmod(0o755)
    for name in ("tpm2_flushcontext", "tpm2_createprimary", "tpm2_create"):
        (tmp_path / name).symlink_to(tool)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with pytest.raises(FileNotFoundError):  # the tool made nothing
        NOWHERE.seal(SECRET)
    seen = (tmp_path / "seen").read_bytes()
    assert b"tpm2_create -T" in seen
    assert SECRET not in seen
    assert SECRET.hex().encode() not in seen
