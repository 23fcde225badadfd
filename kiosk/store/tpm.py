"""The door to Debian's tpm2-tools: a secret sealed by this machine's TPM 2.0, which no other can open.

The secret goes in and comes out by a pipe. The key that seals it is derived in the TPM from its owner's seed, anew each
time: nothing is stored in the TPM. No state of the boot is part of the seal: the disk's encryption sees to that. Tried
with swtpm 0.7 only, not with a chip.
"""

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from wire.model import Message

DEVICE = "device:/dev/tpmrm0"  # the kernel's resource manager
_DEADLINE_S = 30.0  # chips take up to seconds for a key
_SEALED_OBJECT = "fixedtpm|fixedparent|noda|userwithauth"  # TPM 2.0 Library, Part 2, 8.3: TPMA_OBJECT
_Blob = Annotated[bytes, Field(max_length=1024, repr=False)]


class KeySealed(Exception):
    """The TPM does not seal or open a key: there is none, it is another one, or it was cleared."""

    code: ClassVar[str] = "terminal.key_sealed"


class SealedKey(Message):
    """What the TPM made of a secret (TPM 2.0 Library, Part 2: TPM2B_PUBLIC, TPM2B_PRIVATE)."""

    tpm_public: _Blob
    tpm_private: _Blob


@dataclass(frozen=True, slots=True)
class Tpm:
    """One TPM. ``tcti``: how it is reached, as tpm2-tools name it (``device:/dev/tpmrm0``)."""

    tcti: str

    @classmethod
    def here(cls, environment: Mapping[str, str] = os.environ) -> "Tpm":
        """Return this machine's: the one that tpm2-tools' own variable names, or the kernel's."""
        return cls(environment.get("TPM2TOOLS_TCTI") or DEVICE)

    def seal(self, secret: bytes) -> SealedKey:
        """Seal up to 128 bytes. Raises :class:`KeySealed`."""
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            self._parent(place)
            self._run(
                *("tpm2_create", "-C", f"{place}/parent", "-a", _SEALED_OBJECT, "-i", "-"),
                *("-u", f"{place}/public", "-r", f"{place}/private"),
                typed=secret,
            )
            return SealedKey(tpm_public=(place / "public").read_bytes(), tpm_private=(place / "private").read_bytes())

    def unseal(self, sealed: SealedKey) -> bytes:
        """Return the secret. Raises :class:`KeySealed`."""
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            (place / "public").write_bytes(sealed.tpm_public)
            (place / "private").write_bytes(sealed.tpm_private)
            self._parent(place)
            self._run(
                *("tpm2_load", "-C", f"{place}/parent", "-u", f"{place}/public", "-r", f"{place}/private"),
                *("-c", f"{place}/object"),
            )
            self._make_room()
            return self._run("tpm2_unseal", "-c", f"{place}/object")

    def _parent(self, place: Path) -> None:
        """Derive the sealing key: an ECC storage key of the owner's hierarchy, the same from one TPM each time."""
        self._make_room()
        self._run("tpm2_createprimary", "-C", "o", "-G", "ecc", "-c", f"{place}/parent")
        self._make_room()

    def _make_room(self) -> None:
        """Forget what is loaded: a TPM without a resource manager holds three objects."""
        self._run("tpm2_flushcontext", "-t")

    def _run(self, *command: str, typed: bytes = b"") -> bytes:
        program, *arguments = command
        quiet = () if program == "tpm2_unseal" else ("-Q",)
        try:
            done = subprocess.run(  # noqa: S603 - fixed command lines
                [program, "-T", self.tcti, *quiet, *arguments],
                input=typed,
                capture_output=True,
                timeout=_DEADLINE_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise KeySealed(f"{program}: {type(error).__name__}") from None  # its text would show the pipe
        if done.returncode != 0:
            raise KeySealed(f"{program}: exit status {done.returncode}: {_first_line(done.stderr)}")
        return done.stdout


def _first_line(stderr: bytes) -> str:
    lines = [line for line in stderr.decode(errors="replace").splitlines() if line.startswith("ERROR")]
    return lines[0][:200] if lines else ""
