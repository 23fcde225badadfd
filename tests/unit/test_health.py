"""The machine's health: what a given sysfs and procfs say, and what is told of it before it is too late."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.health import ClockMemory, Grade, Readings, Verdict, judge, read, reports, storage
from kiosk.health.clock_watch import REMEMBERED_EVERY, step
from kiosk.health.machine import Heat, Memory, RealTimeClock, Running
from kiosk.health.storage import FileSystemErrors, Room, Wear
from kiosk.staff import facts
from kiosk.store import Store
from tests.terminal_parts import START, TERMINAL, StandingClock
from wire.clock import ClockQuality, KernelClock, SystemClock, kernel_clock

SYNCED, UNCERTAIN = ClockQuality.SYNCHRONISED, ClockQuality.UNCERTAIN
WELL = Readings(
    room=Room(free_mb=9000, used_percent=30, free_inodes_percent=90),
    errors=(FileSystemErrors("dm-0", 0),),
    wear=(Wear("mmc0:0001", 20),),
    memory=Memory(3800, 2100),
    heat=Heat(48, 105, 0),
    rtc=RealTimeClock(START, battery_dead=False),
    running=Running(90_061, 0.4, "boot-1"),
)
EMMC = "sys/class/mmc_host/mmc0/mmc0:0001"


def tree(root: Path, files: Mapping[str, str]) -> Path:
    """Lay out files as the kernel shows them."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return root


def told(readings: Readings, quality: ClockQuality = SYNCED, clock: ClockMemory | None = None) -> dict[str, Verdict]:
    verdicts = judge(readings, now=START, quality=quality, clock=clock)
    return {verdict.subject: verdict for verdict in verdicts}


def test_everything_is_read_from_one_root(tmp_path: Path) -> None:
    """Files as the kernel writes them become typed readings."""
    root = tree(
        tmp_path,
        {
            "sys/fs/ext4/dm-0/errors_count": "3\n",
            f"{EMMC}/life_time": "0x02 0x09\n",
            f"{EMMC}/pre_eol_info": "0x01\n",
            "run/bianmin-smart/nvme0n1.json": json.dumps(
                {
                    "smart_status": {"passed": True},
                    "nvme_smart_health_information_log": {
                        "percentage_used": 83,
                        "available_spare": 100,
                        "available_spare_threshold": 10,
                    },
                }
            ),
            "proc/meminfo": "MemTotal:        3906250 kB\nMemFree: 1 kB\nMemAvailable:     976562 kB\n",
            "sys/class/thermal/thermal_zone0/temp": "48500\n",
            "sys/class/thermal/thermal_zone1/temp": "61000\n",
            "sys/class/thermal/thermal_zone1/trip_point_0_type": "passive\n",
            "sys/class/thermal/thermal_zone1/trip_point_0_temp": "90000\n",
            "sys/class/thermal/thermal_zone1/trip_point_1_type": "critical\n",
            "sys/class/thermal/thermal_zone1/trip_point_1_temp": "105000\n",
            "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count": "4\n",
            "sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count": "3\n",
            "sys/class/rtc/rtc0/since_epoch": f"{int(START.timestamp())}\n",
            "proc/driver/rtc": "rtc_time\t: 01:30:00\nbatt_status\t: dead\n",
            "proc/uptime": "90061.25 300000.00\n",
            "proc/loadavg": "0.10 0.20 0.80 1/300 1234\n",
            "proc/sys/kernel/random/boot_id": "0b4e\n",
        },
    )
    found = read(tmp_path, root)
    assert found.errors == (FileSystemErrors("dm-0", 3),)
    assert found.wear == (Wear("mmc0:0001", 90), Wear("nvme0n1", 83))
    assert found.memory == Memory(4000, 999)
    assert found.heat == Heat(61, 105, 7)
    assert found.rtc == RealTimeClock(START, battery_dead=True)
    assert found.running == Running(90_061, 0.4, "0b4e")


def test_what_the_machine_does_not_have_is_left_out(tmp_path: Path) -> None:
    """An empty tree is read, and only the room on the disk is judged."""
    found = read(tmp_path, tmp_path)
    assert list(told(found)) == ["disk"]


@pytest.mark.parametrize(
    ("files", "wear"),
    [
        ({f"{EMMC}/life_time": "0x0b 0x01"}, (Wear("mmc0:0001", 110),)),
        ({f"{EMMC}/life_time": "0x00 0x00"}, (Wear("mmc0:0001", None),)),
        ({f"{EMMC}/life_time": "0x01 0x01", f"{EMMC}/pre_eol_info": "0x03"}, (Wear("mmc0:0001", 10, failing=True),)),
        ({f"{EMMC}/life_time": "soon"}, ()),
        ({"run/bianmin-smart/sda.json": '{"smart_status": {"passed": false}}'}, (Wear("sda", None, failing=True),)),
        ({"run/bianmin-smart/sda.json": '{"endurance_used": {"current_percent": 7}}'}, (Wear("sda", 7),)),
        (
            {"run/bianmin-smart/a.json": '{"nvme_smart_health_information_log":'
             '{"available_spare": 5, "available_spare_threshold": 10}}'},
            (Wear("a", None, failing=True),),
        ),
        ({"run/bianmin-smart/sda.json": '{"smart_status": 7, "endurance_used": []}'}, (Wear("sda", None),)),
        ({"run/bianmin-smart/sda.json": "[]", "run/bianmin-smart/sdb.json": "{"}, ()),
    ],
    ids=["beyond", "undefined", "reserve", "garbage", "failing", "ata", "spare", "odd", "torn"],
)  # fmt: skip
def test_wear(tmp_path: Path, files: Mapping[str, str], wear: tuple[Wear, ...]) -> None:
    """Each way in which a disk says how far it is used up; nonsense is no reading."""
    assert read(tmp_path, tree(tmp_path, files)).wear == wear


def test_room_counts_what_a_user_can_use(tmp_path: Path) -> None:
    """As df does: what is reserved for root is not room."""
    room = storage.room(
        tmp_path / "not" / "yet", lambda _: os.statvfs_result((1, 4096, 1000, 200, 150, 10, 5, 5, 0, 1))
    )
    assert room == Room(free_mb=0, used_percent=84, free_inodes_percent=50)


def test_a_machine_that_is_well() -> None:
    """Nothing is made a fuss of."""
    assert {verdict.grade for verdict in told(WELL).values()} == {Grade.WELL}
    assert told(WELL)["machine"].detail == "up 1 d 1 h, load 0.4"


@pytest.mark.parametrize(
    ("change", "subject", "grade", "code"),
    [
        ({"room": Room(9000, 84, 90)}, "disk", Grade.WELL, None),
        ({"room": Room(9000, 85, 90)}, "disk", Grade.NOTICE, "terminal.disk_low"),
        ({"room": Room(999, 10, 90)}, "disk", Grade.NOTICE, "terminal.disk_low"),
        ({"room": Room(9000, 10, 9)}, "disk", Grade.NOTICE, "terminal.disk_low"),
        ({"room": Room(199, 99, 90)}, "disk", Grade.FAULT, "terminal.disk_low"),
        ({"errors": (FileSystemErrors("dm-0", 1),)}, "file_system", Grade.FAULT, "terminal.disk_errors"),
        ({"wear": (Wear("m", 70),)}, "storage", Grade.WELL, None),
        ({"wear": (Wear("m", 80),)}, "storage", Grade.NOTICE, "terminal.storage_worn"),
        ({"wear": (Wear("m", 110),)}, "storage", Grade.FAULT, "terminal.storage_worn"),
        ({"wear": (Wear("m", None, failing=True),)}, "storage", Grade.FAULT, "terminal.storage_worn"),
        ({"memory": Memory(4000, 399)}, "memory", Grade.NOTICE, "terminal.memory_low"),
        ({"heat": Heat(95, 105, 9)}, "temperature", Grade.NOTICE, "terminal.too_hot"),
        ({"heat": Heat(85, None, None)}, "temperature", Grade.NOTICE, "terminal.too_hot"),
        ({"heat": Heat(84, None, None)}, "temperature", Grade.WELL, None),
        ({"rtc": RealTimeClock(START, battery_dead=True)}, "rtc", Grade.NOTICE, "terminal.rtc_lost"),
        ({"rtc": RealTimeClock(datetime(2000, 1, 1, tzinfo=UTC), None)}, "rtc", Grade.NOTICE, "terminal.rtc_lost"),
        ({"rtc": RealTimeClock(START + timedelta(seconds=31), None)}, "rtc", Grade.NOTICE, "terminal.rtc_lost"),
        ({"rtc": RealTimeClock(START - timedelta(seconds=30), None)}, "rtc", Grade.WELL, None),
    ],
)
def test_thresholds(change: Mapping[str, object], subject: str, grade: Grade, code: str | None) -> None:
    """Each limit, from both sides."""
    verdict = told(replace(WELL, **change))[subject]  # type: ignore[arg-type]
    assert (verdict.grade, verdict.code) == (grade, code)


def test_drift_says_nothing_while_the_clock_is_uncertain() -> None:
    """Which of two clocks is wrong is known only of the one that somebody set."""
    far = replace(WELL, rtc=RealTimeClock(START + timedelta(hours=1), None))
    assert told(far, UNCERTAIN)["rtc"].grade is Grade.WELL


@pytest.mark.fault("wrong clock", code="terminal.rtc_lost")
@pytest.mark.parametrize("year", [1970, 2000])
def test_a_dead_battery_shows_at_the_next_start(year: int) -> None:
    """A clock that begins in 1970 or 2000 is told until a start that keeps the time, also after it was set right."""
    memory = step(None, START, SYNCED, "boot-1")
    memory = step(memory, datetime(year, 1, 1, tzinfo=UTC), UNCERTAIN, "boot-2")
    assert memory == ClockMemory("boot-2", synchronised_at=START, uncertain_since=START, lost=True)
    memory = step(memory, START + timedelta(hours=1), SYNCED, "boot-2")
    without = replace(WELL, rtc=None)
    assert told(without, clock=memory)["rtc"].code == "terminal.rtc_lost"
    memory = step(memory, START + timedelta(hours=2), UNCERTAIN, "boot-3")
    assert told(without, clock=memory)["rtc"].code is None


@pytest.mark.fault("wrong clock", code="terminal.clock_uncertain")
def test_uncertain_since_outlives_restarts(tmp_path: Path) -> None:
    """A terminal without a network says since when nobody has set its clock, however often it was switched off."""
    clock = StandingClock()
    boots = ["a\n", "b\n", "c\n"]
    said = []
    for boot in boots:
        root = tree(tmp_path / "root", {"proc/sys/kernel/random/boot_id": boot})
        with Store.open(tmp_path / "terminal.sqlite3", clock, TERMINAL) as store:
            said.append(reports(tmp_path, clock, store.settings, root)[0])
        clock.trust = UNCERTAIN
        clock.pass_(3600)
    assert [(one.name, one.kind, one.state) for one in said] == [
        ("clock", "health", "well"),
        ("clock", "health", "notice"),
        ("clock", "health", "notice"),
    ]
    assert {one.detail for one in said[1:]} == {"terminal.clock_uncertain; since 2026-11-23 01:30 UTC"}


def test_a_clock_that_is_right_is_not_written_down_every_minute() -> None:
    """Flash lasts longer: the moment at which the time was known is kept every ten minutes."""
    first = step(None, START, SYNCED, "boot-1")
    assert step(first, START + REMEMBERED_EVERY / 2, SYNCED, "boot-1") == first
    assert step(first, START + REMEMBERED_EVERY, SYNCED, "boot-1").synchronised_at == START + REMEMBERED_EVERY


def test_what_is_reported(tmp_path: Path) -> None:
    """The heartbeat's lines: a kind of their own, the grade as the state, the code first."""
    clock = StandingClock()
    root = tree(tmp_path / "root", {"sys/fs/ext4/dm-0/errors_count": "2\n"})
    with Store.open(tmp_path / "terminal.sqlite3", clock, TERMINAL) as store:
        lines = {one.name: one for one in reports(tmp_path, clock, store.settings, root)}
    assert {one.kind for one in lines.values()} == {"health"}
    assert (lines["file_system"].state, lines["file_system"].detail) == (
        "fault",
        "terminal.disk_errors; dm-0: 2 errors",
    )


def test_a_technician_sees_what_is_not_well(tmp_path: Path) -> None:
    """Among the facts of the technician's screen stands what of the machine is not well, with its number."""
    worn = told(replace(WELL, wear=(Wear("mmc0:0001", 80),)))
    with Store.open(tmp_path / "terminal.sqlite3", StandingClock(), TERMINAL) as store:
        lines = facts(store, TERMINAL, lambda: tuple(worn.values()))
        assert len(facts(store, TERMINAL)) == len(lines) - 1
    assert lines[-1].value.zh.startswith("1041 这台机器的存储芯片快到使用寿命了。（mmc0:0001")


@pytest.mark.parametrize(
    ("status", "quality"), [(0x2001, SYNCED), (0, SYNCED), (0x40, UNCERTAIN), (0x2041, UNCERTAIN), (0x1000, UNCERTAIN)]
)
def test_what_the_kernels_flags_mean(status: int, quality: ClockQuality) -> None:
    """STA_UNSYNC and STA_CLOCKERR make a stamp uncertain; nothing else does."""
    assert KernelClock(status, 1000).quality is quality


def test_the_kernel_is_asked() -> None:
    """What the system clock says of itself is this machine's own kernel's word."""
    kernel = kernel_clock()
    assert SystemClock().quality() is (UNCERTAIN if kernel is None else kernel.quality)
    assert kernel is None or 0 <= kernel.most_error_us <= 16_000_000
