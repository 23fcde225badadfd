"""What is not the release that was signed is never handed over, wherever it was changed."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.updates.state import Applying, Fetching, Staged, UpToDate
from tests.releases import OTHER_KEY, RELEASE_KEY, release
from tests.update_bench import NEXT, NOW, ROOT, Bench
from wire.release import SignedManifest, names_of


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.fault("update file tampered with", code="update.damaged")
@pytest.mark.parametrize("how", ["changed", "longer", "shorter"])
async def test_a_tampered_file_is_never_handed_over(bench: Bench, how: str) -> None:
    """Whatever the line brings instead of a file, it is not the one that the manifest names."""
    path = bench.shelf.folder / ROOT
    content = path.read_bytes()
    path.write_bytes({"changed": content[:-1] + b"x", "longer": content + b"x", "shorter": content[:-1]}[how])
    await bench.run()
    assert bench.failure() == "update.damaged"
    assert "apply" not in bench.files()
    assert not (bench.path / ROOT).exists()


@pytest.mark.fault("update file tampered with", code="update.damaged")
async def test_what_was_changed_while_it_waited_is_found(bench: Bench) -> None:
    """Everything is read once more before it is handed over; what was changed on the disk is fetched again."""
    bench.idle = False
    assert isinstance((await bench.run()).progress.phase, Staged)
    content = bytearray((bench.path / ROOT).read_bytes())
    content[5] ^= 1
    (bench.path / ROOT).write_bytes(content)
    bench.idle = True
    assert isinstance((await bench.run()).progress.phase, Fetching)
    assert bench.failure() == "update.damaged"
    assert isinstance((await bench.run()).progress.phase, Applying)


def _signed_by_another(bench: Bench) -> None:
    bench.shelf.offer = release(bench.shelf.folder, NEXT, key=OTHER_KEY, made_at=NOW)


def _changed(bench: Bench) -> None:
    assert bench.shelf.offer is not None
    content = bench.shelf.offer.content.replace(NEXT.encode(), b"2026.3")
    bench.shelf.offer = SignedManifest(content=content, signature=bench.shelf.offer.signature)


def _expired(bench: Bench) -> None:
    bench.shelf.offer = release(bench.shelf.folder, NEXT, made_at=NOW - timedelta(days=31))


def _signed(**changes: object) -> Callable[[Bench], None]:
    def sign(bench: Bench) -> None:
        assert bench.shelf.offer is not None
        content = json.dumps({**json.loads(bench.shelf.offer.content), **changes}).encode()
        bench.shelf.offer = SignedManifest(content=content, signature=RELEASE_KEY.sign(b"bianmin/release/1" + content))

    return sign


def _file(name: str, size: int = 10) -> dict[str, object]:
    return {"name": name, "size": size, "sha256": "0" * 64}


_OTHERS = [_file(name) for name in names_of(NEXT) if name != ROOT]


@pytest.mark.fault("update with a wrong signature", code="update.forged")
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        pytest.param(_signed_by_another, "update.forged", id="another key"),
        pytest.param(_changed, "update.forged", id="changed"),
        pytest.param(_expired, "update.expired", id="expired"),
        pytest.param(_signed(version="../../etc"), "update.not_ours", id="version of a path"),
        pytest.param(_signed(files=[*_OTHERS, _file("../../etc/passwd")]), "update.not_ours", id="name of a path"),
        pytest.param(_signed(files=[*_OTHERS, _file(f"x/{ROOT}")]), "update.not_ours", id="name with a folder"),
        pytest.param(_signed(files=[*_OTHERS, _file(ROOT), _file(ROOT)]), "update.not_ours", id="name twice"),
        pytest.param(_signed(files=_OTHERS), "update.not_ours", id="file missing"),
        pytest.param(_signed(files=[*_OTHERS, _file(ROOT, 2**40)]), "update.not_ours", id="giant"),
        pytest.param(_signed(files=[*_OTHERS, _file(ROOT, -1)]), "update.not_ours", id="negative size"),
        pytest.param(_signed(expires_at="2099-01-01T00:00:00Z"), "update.not_ours", id="good for too long"),
        pytest.param(_signed(extra=1), "update.not_ours", id="something else in it"),
    ],
)
async def test_manifests_that_are_refused(bench: Bench, spoil: Callable[[Bench], None], code: str) -> None:
    """Nothing is fetched for a manifest that is not signed, not in time, or names anything but a release's files."""
    spoil(bench)
    agent = await bench.run()
    assert (agent.progress.phase, agent.report().failure) == (UpToDate(), code)
    assert bench.shelf.sent == 0
    assert bench.files() == set()


@pytest.mark.fault("update older than what runs", code="update.older")
async def test_an_older_version_is_not_taken_unless_its_manifest_says_so(bench: Bench) -> None:
    """Whoever replays an old release, signed as it is, gets nowhere; going back has to be signed as going back."""
    bench.running = "2026.10"
    assert (await bench.run()).progress.phase == UpToDate()
    assert bench.shelf.sent == 0
    bench.shelf.offer = release(bench.shelf.folder, NEXT, made_at=NOW, may_go_back=True)
    assert isinstance((await bench.run()).progress.phase, Applying)
