"""Ferry files: what goes in comes out, whatever is changed is refused, a stick full of tricks does nothing."""

import os
import struct
import tracemalloc
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.terminal_parts import CENTRE_KEY, DEVICE_KEY, SEALING_KEY, START
from wire.errors import SignatureWrong, WireError
from wire.ferry import (
    FRAME_BYTES,
    MAGIC,
    MOST_RECORD_BYTES,
    FerryDamaged,
    FerryFile,
    FerryForged,
    FerryNotOurs,
    FerryWriter,
    Manifest,
    RecordKind,
    Way,
    pack_envelope,
    unpack_envelope,
)
from wire.ferry_files import FerryUnreadable, file_name, listed, opened, written
from wire.keys import SealingKey, Signer

Records = list[tuple[RecordKind, bytes]]
SOME: Records = [
    (RecordKind.HEARTBEAT, b"{}"),
    (RecordKind.ENVELOPE, b"e" * 300),
    (RecordKind.ENVELOPE, b""),
    (RecordKind.AUDIT_BATCH, b"[]"),
]


def made(records: Records, /, *, signer: Signer = DEVICE_KEY, **wrong: object) -> bytes:
    out = BytesIO()
    writer = FerryWriter(out, Way.UP, "dl-0012", "dalian", receiver=SEALING_KEY.public_bytes(), signer=signer)
    for kind, content in records:
        writer.add(kind, content)
    told: dict[str, object] = {
        "number": 7,
        "created_at": START,
        "records": writer.records,
        "count": sum(kind is RecordKind.ENVELOPE for kind, _ in records),
        "digest": writer.digest(),
    }
    writer.finish(Manifest.model_validate(told | wrong))
    return out.getvalue()


def signed_by_the_device(signature: bytes, signed: bytes, _manifest: Manifest) -> None:
    try:
        DEVICE_KEY.public_key().verify(signature, signed)
    except Exception as error:
        raise FerryForged("another") from error


def read(content: bytes, key: SealingKey = SEALING_KEY) -> Records:
    file = FerryFile(BytesIO(content))
    file.check(key, signed_by_the_device)
    return list(file.records())


WHOLE = made(SOME)


@given(st.lists(st.tuples(st.sampled_from(RecordKind), st.binary(max_size=FRAME_BYTES // 2)), max_size=8))
@settings(max_examples=30)
def test_what_goes_in_comes_out(records: Records) -> None:
    """Records come out whole and in order, over frames' borders."""
    content = made(records)
    assert read(content) == records
    assert FerryFile(BytesIO(content)).route.terminal == "dl-0012"


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
@settings(max_examples=300)
def test_one_byte_changed(at: int, by: int) -> None:
    """Whatever byte is changed, the file is refused before a record comes out."""
    content = bytearray(WHOLE)
    content[at] ^= by
    with pytest.raises(WireError) as caught:
        read(bytes(content))
    assert caught.value.code.startswith("wire.ferry_")


@given(st.integers(0, len(WHOLE) - 1))
@settings(max_examples=200)
def test_cut(at: int) -> None:
    """Wherever the file is cut, it is refused."""
    with pytest.raises((FerryDamaged, FerryNotOurs)):
        read(WHOLE[:at])


@given(st.binary(min_size=1, max_size=100))
@settings(max_examples=20)
def test_lengthened(more: bytes) -> None:
    """What follows the end is not overlooked."""
    with pytest.raises(FerryDamaged, match="follows the end"):
        read(WHOLE + more)


@given(st.binary(max_size=2000))
@settings(max_examples=200)
def test_noise(content: bytes) -> None:
    """Noise after the right beginning, and noise alone, is refused and nothing else."""
    for noise in (content, MAGIC + content, WHOLE[:200] + content):
        with pytest.raises((FerryDamaged, FerryNotOurs)):
            read(noise)


def test_frames_cannot_change_places() -> None:
    """Two frames that change places, one that is left out, one that comes twice: all are refused."""
    big = [(RecordKind.ENVELOPE, bytes([n]) * FRAME_BYTES) for n in range(3)]
    content = made(big)
    frames, rest = [], BytesIO(content)
    rest.seek(len(MAGIC))
    for _ in range(2):
        rest.read(struct.unpack(">I", rest.read(4))[0])
    begin = rest.tell()
    while head := rest.read(4):
        frames.append(head + rest.read(struct.unpack(">I", head)[0] & ~(1 << 31)))
    for order in ([1, 0, 2, 3], [0, 2, 3], [0, 0, 1, 2, 3], [0, 1, 2], [3], [0, 1, 2, 3, 3]):
        with pytest.raises(FerryDamaged):
            read(content[:begin] + b"".join(frames[n] for n in order))
    assert read(content[:begin] + b"".join(frames)) == big


def test_somebody_elses() -> None:
    """Another receiver cannot open it; another signer is not believed, though the seal is good."""
    with pytest.raises(FerryDamaged):
        read(WHOLE, SealingKey.generate())
    with pytest.raises(FerryForged):
        read(made(SOME, signer=CENTRE_KEY))


@pytest.mark.parametrize("wrong", [{"records": 3}, {"count": 1}, {"digest": bytes(32)}])
def test_manifest_has_to_agree(wrong: dict[str, object]) -> None:
    """A manifest, even a signed one, that does not tell what is inside is refused."""
    with pytest.raises(FerryDamaged, match="manifest"):
        read(made(SOME, **wrong))


def test_nothing_comes_out_unchecked() -> None:
    """There is no way to records but through the check."""
    with pytest.raises(FerryDamaged):
        list(FerryFile(BytesIO(WHOLE)).records())


def test_a_file_that_changes_between_check_and_use() -> None:
    """Someone who swaps the bytes after the check gets nothing in."""
    storage = BytesIO(WHOLE)
    file = FerryFile(storage)
    file.check(SEALING_KEY, signed_by_the_device)
    storage.getbuffer()[-200] ^= 1
    with pytest.raises(FerryDamaged):
        list(file.records())


def test_memory_of_a_frame(tmp_path: Path) -> None:
    """Fifty megabytes are written and read in the memory of a few frames."""
    path, record, count = tmp_path / "a.ferry", os.urandom(4000), 12_500
    tracemalloc.start()
    try:
        with path.open("wb") as out:
            writer = FerryWriter(out, Way.UP, "t", "c", receiver=SEALING_KEY.public_bytes(), signer=DEVICE_KEY)
            for _ in range(count):
                writer.add(RecordKind.ENVELOPE, record)
            told = {"number": 1, "created_at": START, "records": count, "count": count, "digest": writer.digest()}
            writer.finish(Manifest.model_validate(told))
        with path.open("rb") as content:
            file = FerryFile(content)
            file.check(SEALING_KEY, signed_by_the_device)
            assert sum(one == record for _, one in file.records()) == count
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12 * FRAME_BYTES


def test_too_large_a_record() -> None:
    """A record beyond the limit is refused when it is written."""
    with pytest.raises(ValueError, match="too large"):
        made([(RecordKind.ENVELOPE, bytes(MOST_RECORD_BYTES + 1))])


def test_envelope_records() -> None:
    """An envelope keeps its id, its JSON, and what tells one subject from another without naming it."""
    record = pack_envelope(bytes(16), "case-1", '{"a": "大"}')
    assert unpack_envelope(record)[::2] == (bytes(16), '{"a": "大"}')
    assert unpack_envelope(record)[1] != unpack_envelope(pack_envelope(bytes(16), "case-2", ""))[1]
    with pytest.raises(FerryDamaged):
        unpack_envelope(bytes(24) + b"\xff")


@pytest.mark.fault("hostile stick", code="wire.ferry_not_ours")
def test_hostile_stick(tmp_path: Path) -> None:
    """On a stick full of tricks only plain files of our name are looked at; none is followed, entered, waited for."""
    good = tmp_path / file_name("dl-0012", 7, Way.UP)
    good.write_bytes(WHOLE)
    (tmp_path / "bianmin-x-1.up.ferry").symlink_to(good)
    (tmp_path / "bianmin-x-2.up.ferry").mkdir()
    os.mkfifo(tmp_path / "bianmin-x-3.up.ferry")
    (tmp_path / "bianmin-x-4.down.ferry").write_bytes(WHOLE)
    for name in ("autorun.inf", "a.zip", "bianmin-..-1.up.ferry ", "-rf", "bianmin-x-1.up.ferry\n", "\udcff.up.ferry"):
        (tmp_path / name).write_bytes(b"PK\x03\x04" + WHOLE)
    (tmp_path / ("bianmin-" + "x" * 61 + "-1.up.ferry")).write_bytes(WHOLE)
    assert listed(tmp_path, Way.UP) == [good]
    for name, kind in (("1.up", FerryUnreadable), ("2.up", FerryNotOurs), ("3.up", FerryNotOurs)):
        with pytest.raises(kind), opened(tmp_path / f"bianmin-x-{name}.ferry"):
            pass
    with pytest.raises(FerryUnreadable), opened(tmp_path / "missing"):
        pass
    with pytest.raises(FerryUnreadable):
        listed(tmp_path / "missing", Way.UP)


def test_huge_file(tmp_path: Path) -> None:
    """A file that claims terabytes is not read."""
    path = tmp_path / "bianmin-x-1.up.ferry"
    with path.open("wb") as file:
        file.truncate(1 << 42)
    with pytest.raises(FerryNotOurs), opened(path):
        pass


def test_too_many_files(tmp_path: Path) -> None:
    """A folder with more files than anybody carries is refused."""
    for number in range(1001):
        (tmp_path / f"bianmin-x-{number}.up.ferry").touch()
    with pytest.raises(FerryNotOurs):
        listed(tmp_path, Way.UP)


def test_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """A file appears when it is finished; a failure leaves nothing, and a link in its place is not followed."""
    outside = tmp_path / "outside"
    outside.write_bytes(b"kept")
    folder = tmp_path / "stick"
    folder.mkdir()
    (folder / "a.ferry").symlink_to(outside)

    def fail() -> None:
        with written(folder, "a.ferry") as out:
            out.write(b"half")
            raise SignatureWrong("on the way")

    with pytest.raises(SignatureWrong):
        fail()
    assert [path.name for path in folder.iterdir()] == ["a.ferry"]
    with written(folder, "a.ferry") as out:
        out.write(b"whole")
    assert (outside.read_bytes(), (folder / "a.ferry").read_bytes()) == (b"kept", b"whole")
    assert not (folder / "a.ferry").is_symlink()
    with pytest.raises(FerryUnreadable), written(tmp_path / "missing", "a.ferry"):
        pass


def test_file_names_hold_no_surprise() -> None:
    """A name is made of letters, digits and hyphens, whatever the terminal is called."""
    assert file_name("../e/大", 3, Way.DOWN) == "bianmin-___e__-3.down.ferry"
