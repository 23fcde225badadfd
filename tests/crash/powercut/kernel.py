"""Debian's kernel for virtual machines: fetched as a package, once, and unpacked; nothing is installed."""

import lzma
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

_META = "linux-image-cloud-amd64"
_WANTED = ("virtio_pci", "virtio_blk", "crc32c_generic", "ext4")
_DEPENDS = re.compile(rb"\0depends=([^\0]*)\0")


@dataclass(frozen=True, slots=True)
class Kernel:
    """``image`` boots; ``modules`` by name, in the order in which they have to be loaded."""

    image: Path
    modules: dict[str, bytes]


def kernel(folder: Path) -> Kernel:
    """Return the kernel, fetched into ``folder`` where it is not there yet. Raises CalledProcessError."""
    unpacked = folder / "kernel"
    if not unpacked.exists():
        folder.mkdir(parents=True, exist_ok=True)
        package = _download(folder)
        draft = folder / "unpacking"
        subprocess.run(["dpkg-deb", "-x", package, draft], check=True)
        draft.rename(unpacked)
        package.unlink()
    (image,) = unpacked.glob("boot/vmlinuz-*")
    found = {path.name.partition(".ko")[0]: path for path in unpacked.glob("**/*.ko*")}
    modules: dict[str, bytes] = {}
    for name in _WANTED:
        _load(name, found, modules)
    return Kernel(image, modules)


def _download(folder: Path) -> Path:
    shown = subprocess.run(["apt-cache", "depends", "--important", _META], check=True, capture_output=True, text=True)
    name = next(line.split()[1] for line in shown.stdout.splitlines() if line.strip().startswith("Depends:"))
    command = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", name]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    (package,) = folder.glob(f"{name}_*.deb")
    return package


def _load(name: str, found: dict[str, Path], modules: dict[str, bytes]) -> None:
    """Add a module after those that it needs; one that is built in is no file."""
    if name not in found or name in modules:
        return
    path = found[name]
    content = lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
    told = _DEPENDS.search(content)
    for needed in told[1].decode().split(",") if told and told[1] else ():
        _load(needed, found, modules)
    modules[name] = content
