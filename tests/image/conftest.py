"""Boots need an image, QEMU and minutes: only `make image-test` collects them, which says where the image is."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

IMAGE = os.environ.get("BIANMIN_IMAGE")  # of the profile release; BIANMIN_IMAGE_TESTS: where disks and pictures go
collect_ignore_glob = [] if IMAGE else ["test_boot_*.py"]


@pytest.fixture(scope="session")
def image() -> Path:
    """Give the release image, a raw disk."""
    assert IMAGE
    return Path(IMAGE)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder where disks, pictures and the report stay to be looked at."""
    folder = Path(os.environ.get("BIANMIN_IMAGE_TESTS") or tmp_path_factory.mktemp("image"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def report(kept: Path) -> Iterator[dict[str, str]]:
    """Collect what was measured; written as a table at the end."""
    lines: dict[str, str] = {}
    yield lines
    width = max((len(what) for what in lines), default=0)
    text = "".join(f"{what:<{width}}  {value}\n" for what, value in lines.items())
    (kept / "report.txt").write_text(text, encoding="utf-8")
