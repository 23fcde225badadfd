"""What can be known of the image without building it: its parts agree with each other and with what updates expect."""

import configparser
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image.tree import accounts_that_can_log_in, accounts_with_a_shell, unwanted
from wire.release import names_of

BUILD = Path(__file__).parents[2] / "image_build"
EXTRA = BUILD / "mkosi.extra"


class _Sections(dict[str, object]):
    """Keeps every value of a key that stands several times, as systemd and mkosi do."""

    def __setitem__(self, key: str, value: object) -> None:
        if isinstance(value, list) and isinstance(known := self.get(key), list):
            known.extend(value)
        else:
            super().__setitem__(key, value)


def _read(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(
        strict=False, dict_type=_Sections, inline_comment_prefixes=(" #",), interpolation=None
    )
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text(encoding="utf-8"))
    return parser


def _words(value: str) -> list[str]:
    return [line.split("#")[0].strip() for line in value.splitlines() if line.split("#")[0].strip()]


def _files(pattern: str) -> Iterator[Path]:
    found = sorted(BUILD.glob(pattern))
    assert found
    return iter(found)


SLOTS = [
    ("10-root.conf", "10-root-a.conf", "20-root-b.conf"),
    ("11-verity.conf", "11-verity-a.conf", "21-verity-b.conf"),
]


@pytest.mark.parametrize(("built", "slot_a", "slot_b"), SLOTS, ids=["root", "verity"])
def test_both_slots_hold_what_is_built(built: str, slot_a: str, slot_b: str) -> None:
    """A version that fits into slot A fits into slot B: the three definitions name one size and one type."""
    found = {
        (one["Type"], one["SizeMinBytes"], one["SizeMaxBytes"])
        for one in (
            _read(BUILD / "mkosi.repart" / built)["Partition"],
            _read(EXTRA / "usr/lib/repart.d" / slot_a)["Partition"],
            _read(EXTRA / "usr/lib/repart.d" / slot_b)["Partition"],
        )
    }
    assert len(found) == 1
    assert next(iter(found))[1] == next(iter(found))[2], "a slot that may grow takes the place of the data"


def test_only_the_data_is_thrown_away_by_a_factory_reset() -> None:
    """FactoryReset= stands at the data partition, which is encrypted with the TPM's key, and nowhere else."""
    definitions = {path.name: _read(path)["Partition"] for path in _files("mkosi.extra/usr/lib/repart.d/*.conf")}
    thrown_away = [name for name, one in definitions.items() if one.get("FactoryReset") == "yes"]
    assert thrown_away == ["30-data.conf"]
    assert definitions["30-data.conf"]["Encrypt"] == "tpm2"


def test_updates_are_named_as_releases_are() -> None:
    """The transfers look for exactly the files that a release consists of, and verify each."""
    transfers = [_read(path) for path in _files("mkosi.extra/usr/lib/sysupdate.d/*.transfer")]
    wanted = {one["Source"]["MatchPattern"].replace("@v", "7.2") for one in transfers}
    assert wanted == {name for name in names_of("7.2") if name.startswith("bianmin_")}
    assert {one["Transfer"]["Verify"] for one in transfers} == {"yes"}
    assert {one["Transfer"]["ProtectVersion"] for one in transfers} == {"%A"}


def test_the_kernel_is_the_last_part_of_an_update() -> None:
    """What was not written whole is never started: the UKI comes after both partitions, with tries to count."""
    *partitions, last = [_read(path) for path in _files("mkosi.extra/usr/lib/sysupdate.d/*.transfer")]
    assert {one["Target"]["Type"] for one in partitions} == {"partition"}
    assert last["Target"]["Type"] == "regular-file"
    assert int(last["Target"]["TriesLeft"]) >= 2


def test_slots_have_the_labels_that_the_kernel_looks_for() -> None:
    """What mkosi labels, what an update labels, and what the kernel's command line names are one and the same."""
    command_line = _words(_read(BUILD / "mkosi.conf")["Content"]["KernelCommandLine"])
    for what, definition, transfer in (
        ("data", "10-root.conf", "20-root.transfer"),
        ("hash", "11-verity.conf", "10-verity.transfer"),
    ):
        label = _read(BUILD / "mkosi.repart" / definition)["Partition"]["Label"]
        assert f"systemd.verity_root_{what}=PARTLABEL={label.replace('%A', '%v')}" in command_line
        updated = _read(EXTRA / "usr/lib/sysupdate.d" / transfer)["Target"]["MatchPattern"]
        assert updated == label.replace("%A", "@v")


def test_a_root_that_was_changed_is_not_gone_on_with() -> None:
    """The kernel stops at the first block that is not what was built, and starts again after a stop."""
    command_line = _words(_read(BUILD / "mkosi.conf")["Content"]["KernelCommandLine"])
    assert "systemd.verity_root_options=panic-on-corruption" in command_line
    assert any(re.fullmatch(r"panic=[1-9]\d*", word) for word in command_line)


def test_nothing_for_development_is_asked_for_in_a_release() -> None:
    """Packages of a login or of virtual hardware stand in the profile dev alone."""
    wanted = _words(_read(BUILD / "mkosi.conf")["Content"]["Packages"])
    release = _read(BUILD / "mkosi.profiles/release/mkosi.conf")["Content"]
    assert "Packages" not in release
    assert not {"openssh-server", "vsmartcard-vpcd", "cups-ipp-utils", "strace", "gdb"} & set(wanted)
    assert len(wanted) == len(set(wanted))
    assert not any(word.startswith("console=") for word in _words(release["KernelCommandLine"]))


@pytest.mark.parametrize("script", ["build", "compare", "mkosi.postinst.chroot", "mkosi.finalize"])
def test_scripts_are_scripts(script: str) -> None:
    """They can be executed, their shell can read them, and they stop at the first command that fails."""
    path = BUILD / script
    assert path.stat().st_mode & 0o111
    assert "set -euo pipefail" in path.read_text(encoding="utf-8")
    subprocess.run(["bash", "-n", path], check=True)


def test_no_registry_and_no_password_is_written_down() -> None:
    """Where packages come from is the building machine's affair; a password is nobody's."""
    for path in BUILD.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"(https?|ftp)://", text), path
            assert "RootPassword" not in text, path


@pytest.mark.parametrize(
    "path",
    [
        "usr/sbin/sshd",
        "usr/lib/systemd/system/ssh.service",
        "usr/lib/bianmin/lib/python3.13/site-packages/devices/virtual/people.py",
        "usr/lib/bianmin/lib/python3.13/site-packages/demo",
        "usr/lib/bianmin/lib/python3.13/site-packages/screens/live.py",
        "usr/bin/gcc-14",
        "etc/systemd/system/getty.target.wants/getty@tty1.service",
    ],
)
def test_what_may_not_be_in_a_release_is_found(path: str) -> None:
    """The check of the tree, which `make image-test` runs over the built image, finds what it is for."""
    assert unwanted(["usr/bin/bianmin", path])


def test_what_belongs_there_is_left_alone() -> None:
    """The application, systemd and the spooler are not taken for what they resemble."""
    assert not unwanted(
        [
            "usr/lib/bianmin/lib/python3.13/site-packages/devices/scanner/decoders.py",
            "usr/lib/bianmin/lib/python3.13/site-packages/screens/player_of_sounds.py",
            "usr/lib/systemd/systemd-executor",
            "usr/sbin/cupsd",
        ]
    )


def test_accounts_that_can_log_in_are_found() -> None:
    """An account with a password, or with none asked for, is told from a locked one."""
    passwd = "root:x:0:0::/root:/bin/bash\nann:x:1:1::/:/bin/sh\nlp:x:7:7::/:/usr/sbin/nologin\nbob::2:2::/:/bin/sh\n"
    shadow = "root:!unprovisioned:1::::::\nann::1::::::\nlp:!*:1::::::\n"
    assert accounts_that_can_log_in(passwd, shadow) == ["ann", "bob"]
    assert accounts_with_a_shell(passwd) == ["root", "ann", "bob"]
