"""What this machine says of itself: where things are, the version of its image, this boot's id; and what installs."""

import re
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from kiosk.updates.errors import InstallFailed
from wire.release import PRODUCT, is_version

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_IMAGE_VERSION = re.compile(r'^IMAGE_VERSION="?([^"\n]*)"?$', re.MULTILINE)
_LONGEST_INSTALL_S = 3600


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine by its tree, whose root is ``/`` outside tests. Paths are those of docs/appliance.md.

    ``boot``: this boot's id; empty for what the kernel says (random(4)), which a sandbox may hide.
    """

    root: Path = Path("/")
    boot: str = ""

    @property
    def releases(self) -> Path:
        """Return where the agent lays releases down for the installer."""
        return self.root / "var/lib/bianmin-updates"

    @property
    def verdicts(self) -> Path:
        """Return where the installer, and only it, says what became of a release."""
        return self.root / "var/lib/bianmin-apply-update"

    @property
    def data(self) -> Path:
        """Return the application's data folder, as the image has it."""
        return self.root / "var/lib/bianmin"

    @property
    def stick(self) -> Path:
        """Return where a stick that is plugged in is mounted."""
        return self.root / "media"

    @property
    def keys(self) -> Path:
        """Return the folder with the release keys, which is part of the image."""
        return self.root / "usr/share/bianmin/release-keys"

    def running(self) -> str:
        """Return the version of the image that runs (os-release(5)); outside an image, the application's own."""
        try:
            told = _IMAGE_VERSION.search((self.root / "etc/os-release").read_text(encoding="utf-8"))
        except OSError:
            told = None
        return told[1] if told and is_version(told[1]) else version("bianmin")

    def boot_id(self) -> str:
        """Return this boot's id."""
        return self.boot or _BOOT_ID.read_text(encoding="ascii").strip()

    def install(self, wanted: str) -> None:
        """Let systemd-sysupdate write a version into the other slot. Raises :class:`InstallFailed`.

        Its transfers fetch from :attr:`releases`, and check SHA256SUMS against the image's own keyring.
        """
        command: list[str | Path] = [self.root / "usr/lib/systemd/systemd-sysupdate", "--verify=yes", "update", wanted]
        try:
            done = subprocess.run(command, check=False, timeout=_LONGEST_INSTALL_S)  # noqa: S603 - the image's own
        except (OSError, subprocess.TimeoutExpired) as error:
            raise InstallFailed(f"systemd-sysupdate: {type(error).__name__}") from error
        if done.returncode:
            raise InstallFailed(f"systemd-sysupdate ended with {done.returncode}")

    def put_last(self, running: str) -> None:
        """Let the boot loader prefer an older version: give the running one's entry no tries.

        That is what boot counting calls bad; when the older one fails its own tries, both are, and the newer comes
        first again. Raises :class:`InstallFailed`.
        """
        command: list[str | Path] = [self.root / "usr/bin/bootctl", "--print-boot-path"]
        try:
            told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)  # noqa: S603 - as above
            folder = Path(told.stdout.strip()) / "EFI" / "Linux"
            (entry,) = (*folder.glob(f"{PRODUCT}_{running}.efi"), *folder.glob(f"{PRODUCT}_{running}+*.efi"))
            entry.rename(folder / f"{PRODUCT}_{running}+0-1.efi")
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            raise InstallFailed("the running version's boot entry was not found") from error
