"""Boot files as a stranger would have them: without a signature, or signed with keys of his own."""

import struct
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
_SECURITY = 4  # of the data directories (PE format): where the signatures are
_DIRECTORIES = 112  # in the optional header of PE32+


def unsigned(signed: Path, to: Path) -> None:
    """Write a PE file without its signatures."""
    data = bytearray(signed.read_bytes())
    optional = struct.unpack_from("<I", data, 0x3C)[0] + 24
    assert struct.unpack_from("<H", data, optional)[0] == 0x20B, f"{signed} is no PE32+"
    entry = optional + _DIRECTORIES + 8 * _SECURITY
    at, size = struct.unpack_from("<II", data, entry)
    assert size, f"{signed} has no signature"
    struct.pack_into("<II", data, entry, 0, 0)
    to.write_bytes(data[:at])


def signed_by_a_stranger(plain: Path, to: Path) -> None:
    """Sign a PE file with a key that was made for this."""
    key, certificate = to.with_suffix(".key"), to.with_suffix(".crt")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=stranger", "-days", "30"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    tools = ROOT / "build/image/tools"
    subprocess.run(
        [
            *("/usr/bin/python3", tools / "usr/lib/python3/dist-packages/mkosi/sandbox.py", "--bind", "/", "/"),
            *("--ro-bind", tools / "usr", "/usr", "--"),
            *("sbsign", "--key", key, "--cert", certificate, "--output", to, plain),
        ],
        check=True,
        capture_output=True,
        env={"PATH": "/usr/bin"},
    )
