"""The virtual camera, one for all tests of a module: lain bare for each, and each test's trouble ended."""

from collections.abc import Iterator

import pytest

from devices.virtual.camera import VirtualCamera


@pytest.fixture(scope="module")
def virtual_camera() -> Iterator[VirtualCamera]:
    with VirtualCamera() as virtual:
        yield virtual


@pytest.fixture
def counter(virtual_camera: VirtualCamera) -> Iterator[VirtualCamera]:
    """Lay bare the counter for each test, and end each test's troubles."""
    virtual_camera.clear()
    yield virtual_camera
    virtual_camera.recover()
