"""``python -m image_build.release``: keys made once, and a release that both checks accept."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from image_build.release import main, read_key
from wire.release import (
    MANIFEST,
    SIGNATURE,
    SUMS,
    SUMS_SIGNATURE,
    ReleaseForged,
    SignedManifest,
    names_of,
    open_manifest,
)
from wire.release_keys import release_keys

VERSION = "2026.2"
pytestmark = pytest.mark.slow


def test_a_release_is_made_and_both_signatures_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The manifest opens with the image's key, sha256sum agrees, gpg accepts the sums; no agent and no key is left."""
    keys, made = tmp_path / "keys", tmp_path / "made"
    assert main(["keys", str(keys)]) == 0
    assert {path.name: path.stat().st_mode & 0o077 for path in keys.glob("*.key")} == {"release.key": 0, "gpg.key": 0}
    parts = {part: tmp_path / part for part in ("efi", "root", "verity")}
    for part, path in parts.items():
        path.write_bytes(part.encode() * 1_000)
    words = [
        str(made),
        "--version",
        VERSION,
        *(word for part, path in parts.items() for word in (f"--{part}", str(path))),
    ]
    signers = ["--key", str(keys / "release.key"), "--gpg-key", str(keys / "gpg.key")]
    assert main(["make", *words, *signers, "--days", "30"]) == 0
    assert VERSION in capsys.readouterr().out

    assert {path.name for path in made.iterdir()} == {*names_of(VERSION), MANIFEST, SIGNATURE}
    signed = SignedManifest(content=(made / MANIFEST).read_bytes(), signature=(made / SIGNATURE).read_bytes())
    manifest = open_manifest(signed, release_keys(keys), datetime.now(UTC))
    assert (manifest.version, manifest.may_go_back) == (VERSION, False)
    assert {file.name: file.size for file in manifest.files}[names_of(VERSION)[1]] == 4_000
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", SUMS], cwd=made, check=True)
    checked = ["gpg", "--homedir", str(keys), "--no-default-keyring", "--keyring", str(keys / "import-pubring.gpg")]
    verify = [*checked, "--no-autostart", "--trust-model", "always", "--verify", SUMS_SIGNATURE, SUMS]
    subprocess.run(verify, cwd=made, check=True, capture_output=True)
    (made / SUMS).write_bytes((made / SUMS).read_bytes().replace(b"0", b"1"))
    assert subprocess.run(verify, cwd=made, check=False, capture_output=True).returncode

    with pytest.raises(ValueError, match="not empty"):
        main(["make", *words, *signers])
    with pytest.raises(FileExistsError):
        main(["keys", str(keys)])


def test_keys_of_another_kind_are_refused_loudly(tmp_path: Path) -> None:
    """An image or a centre with something else among its release keys is made wrong; one without any trusts nobody."""
    command = ["openssl", "genpkey", "-algorithm", "X25519", "-out", str(tmp_path / "x.key")]
    subprocess.run(command, check=True, capture_output=True)
    with pytest.raises(ValueError, match="Ed25519"):
        read_key(tmp_path / "x.key")
    command = ["openssl", "pkey", "-in", str(tmp_path / "x.key"), "-pubout", "-out", str(tmp_path / "x.pem")]
    subprocess.run(command, check=True, capture_output=True)
    with pytest.raises(ValueError, match="Ed25519"):
        release_keys(tmp_path)
    assert release_keys(tmp_path / "nowhere") == ()
    with pytest.raises(ReleaseForged):
        open_manifest(SignedManifest(content=b"{}", signature=bytes(64)), (), datetime.now(UTC))


def test_the_command_tells_how(tmp_path: Path) -> None:
    """Started as a module, it says what it takes."""
    told = subprocess.run(
        [sys.executable, "-m", "image_build.release", "make", "--help"], capture_output=True, check=True
    )
    assert b"--may-go-back" in told.stdout
