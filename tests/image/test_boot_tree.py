"""What is in the root of the release image, file by file: nothing for development, no login, no shell."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.image.report import Report
from tests.image.tree import accounts_that_can_log_in, accounts_with_a_shell, unwanted

_IMPORT_ALL = """
import importlib, pkgutil, kiosk
for module in pkgutil.walk_packages(kiosk.__path__, "kiosk."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print("all")
"""
_MASKED = (
    "getty@.service",
    "serial-getty@.service",
    "autovt@.service",
    "console-getty.service",
    "debug-shell.service",
    "rescue.service",
    "emergency.service",
    "ctrl-alt-del.target",
)


@pytest.fixture(scope="module")
def tree(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the root's files, taken out of the partition that is flashed."""
    folder = tmp_path_factory.mktemp("tree") / "root"
    partition = image.with_suffix(".root.raw")
    subprocess.run(["fsck.erofs", f"--extract={folder}", partition], check=True, capture_output=True)
    return folder


def test_sizes_are_written_down(image: Path, report: Report) -> None:
    """What is flashed, what an update brings; a part outgrows its partition in the build, not here."""
    parts = {what: image.with_suffix(f".{what}").stat() for what in ("raw", "root.raw", "verity.raw", "efi")}
    megabytes = {what: f"{size.st_size / 1e6:.0f} MB" for what, size in parts.items()}
    full = {what: f"{size.st_blocks * 512 / 1e6:.0f} MB without blocks of zeros" for what, size in parts.items()}
    report["size: disk, as it is flashed"] = f"{megabytes['raw']}, {full['raw']}"
    report["size: root (erofs, LZ4)"] = f"{megabytes['root.raw']}, {full['root.raw']}"
    report["size: its hashes (dm-verity)"] = f"{megabytes['verity.raw']}, {full['verity.raw']}"
    report["size: UKI (kernel, initrd, command line)"] = megabytes["efi"]
    update = sum(parts[what].st_size for what in ("root.raw", "verity.raw", "efi"))
    report["size: an update, as a terminal downloads it"] = f"{update / 1e6:.0f} MB"


def test_the_application_is_whole(tree: Path) -> None:
    """Each module finds all that it imports, in the image: a build in the middle of somebody's change is noticed."""
    command = ("/usr/sbin/chroot", tree, "/usr/lib/bianmin/bin/python", "-P", "-B", "-c", _IMPORT_ALL)
    environment = {"PATH": "/usr/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "KIVY_NO_ARGS": "1"}  # noqa: S108 - the image's
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["all"]), done.stderr[-2000:]


def test_nothing_for_development_is_there(tree: Path) -> None:
    """No ssh, no demo, no virtual hardware, no test hook, no compiler, no private key."""
    paths = [
        os.path.relpath(Path(folder) / name, tree)
        for folder, folders, files in os.walk(tree)
        for name in folders + files
    ]
    assert "usr/bin/bianmin" in paths
    assert unwanted(paths) == []


def test_nobody_can_log_in(tree: Path) -> None:
    """No account has a password, none has a shell, and what would ask for one is masked."""
    passwd = (tree / "etc/passwd").read_text(encoding="utf-8")
    shadow = (tree / "etc/shadow").read_text(encoding="utf-8")
    assert accounts_that_can_log_in(passwd, shadow) == []
    assert accounts_with_a_shell(passwd) == []
    assert {name: str((tree / "etc/systemd/system" / name).readlink()) for name in _MASKED} == dict.fromkeys(
        _MASKED, "/dev/null"
    )


def test_no_program_gets_rights_that_its_caller_has_not(tree: Path) -> None:
    """What is set-uid root is a short list, and nothing on it starts what it is told to."""
    found = {
        os.path.relpath(path, tree)
        for path in tree.rglob("*")
        if path.is_file() and not path.is_symlink() and path.stat().st_mode & 0o4000
    }
    assert found <= {
        "usr/bin/chfn",
        "usr/bin/chsh",
        "usr/bin/gpasswd",
        "usr/bin/mount",
        "usr/bin/newgrp",
        "usr/bin/passwd",
        "usr/bin/pkexec",
        "usr/bin/su",
        "usr/bin/umount",
        "usr/lib/dbus-1.0/dbus-daemon-launch-helper",
        "usr/lib/polkit-1/polkit-agent-helper-1",
        "usr/lib/xorg/Xorg.wrap",
        "usr/sbin/unix_chkpwd",
    }


def test_no_path_of_the_building_machine_is_left(tree: Path) -> None:
    """Nothing in the application names a folder of the machine that built it."""
    here = str(Path(__file__).parents[2]).encode()
    application = tree / "usr/lib/bianmin"
    named = [path for path in application.rglob("*") if path.is_file() and here in path.read_bytes()]
    assert named == []


def test_no_private_key_is_there(tree: Path) -> None:
    """A key that came with the image would be the same on every terminal."""
    held = [path for path in (tree / "etc").rglob("*") if path.is_file() and not path.is_symlink()]
    assert [path for path in held if b"PRIVATE KEY-----" in path.read_bytes()] == []
