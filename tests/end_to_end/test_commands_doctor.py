"""``bianmin doctor`` as a process on virtual hardware, where there is no centre and nothing is enrolled."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.hardware import Hardware
from demo.terminal import Terminal
from devices.virtual.camera import CameraTrouble
from devices.virtual.printer import Trouble
from tests.command_line import Ended, bianmin

NO_CENTRE = "http://127.0.0.1:9"  # the discard port: nobody listens


@pytest.fixture(scope="module")
def hardware() -> Iterator[Hardware]:
    with Hardware() as hardware:
        yield hardware


@pytest.fixture
def terminal(hardware: Hardware, tmp_path: Path) -> Terminal:
    """Return a terminal that is configured, not enrolled, without a centre; its hardware is well."""
    return Terminal(tmp_path / "terminal", hardware, NO_CENTRE)


def doctor(terminal: Terminal, *options: str) -> Ended:
    return bianmin("doctor", "--config", terminal.config, *options, environment=terminal.hardware.environment)


def findings(ended: Ended) -> dict[str, dict[str, Any]]:
    """Return the findings by their subject; each fault says what to do, in both languages."""
    found = ended.json
    for finding in found:
        assert finding["well"] == (finding["grade"] != "fault")
        if not finding["well"]:
            assert finding["code"]
            assert finding["number"]
            assert finding["advice"]["zh"]
            assert finding["advice"]["en"]
    return {finding["subject"]: finding for finding in found}


def test_without_centre_and_enrolment(terminal: Terminal) -> None:
    """Both are findings of their own; every device is tried all the same, and is well."""
    ended = doctor(terminal, "--json")
    assert (ended.code, ended.err) == (1, "")
    found = findings(ended)
    assert {subject: finding["code"] for subject, finding in found.items() if not finding["well"]} == {
        "enrolment": "terminal.not_enrolled",
        "centre": "centre.unreachable",
    }
    of_this_machine = {"file_system", "storage", "memory", "temperature", "rtc", "machine", "temporary files", "swap"}
    assert [subject.split()[0] for subject in found if subject not in of_this_machine] == [
        *("configuration", "clock", "disk", "enrolment", "centre"),
        *("card_reader", "card_reader", "camera", "scanner", "printer"),
    ]
    assert "brightness" in found["camera camera"]["detail"]
    assert "decoding process answers" in found["scanner scanner on camera"]["detail"]
    assert not terminal.data_dir.exists()


def test_every_fault_has_a_name(terminal: Terminal) -> None:
    """Jammed, unplugged, gone: each device by its code; what is well stays well."""
    hardware = terminal.hardware
    hardware.printer.trouble(Trouble.JAM)
    hardware.pcscd.stop()
    hardware.camera.fail(CameraTrouble.REFUSE)
    try:
        found = findings(doctor(terminal, "--json"))
    finally:
        hardware.camera.recover()
        hardware.pcscd.start()
        hardware.mend_printer()
    codes = {subject.split()[0]: finding["code"] for subject, finding in found.items() if "SAM" not in subject}
    assert codes["printer"] == "printer.jammed"
    assert codes["card_reader"] == "reader.lost"
    assert (codes["camera"], codes["scanner"]) == ("camera.fault", "camera.fault")
    assert [finding["well"] for subject, finding in found.items() if "SAM" in subject] == [True]


def test_a_covered_camera_is_noticed(terminal: Terminal) -> None:
    """Pictures come, and are black: somebody should look at the lens; it is no fault of the camera."""
    terminal.hardware.camera.fail(CameraTrouble.BLACK)
    try:
        found = findings(doctor(terminal, "--json"))
    finally:
        terminal.hardware.camera.recover()
    camera = next(finding for subject, finding in found.items() if subject.startswith("camera"))
    assert (camera["code"], camera["grade"]) == ("camera.dark", "notice")


def test_a_mute_terminal_serves(terminal: Terminal) -> None:
    """A voice that nobody can hear is named, and is no fault."""
    text = terminal.config.read_text(encoding="utf-8")
    assert "enabled = false" in text
    silent = text.replace("enabled = false", 'enabled = true\ndevice = "no_such_sound_card"')
    terminal.config.write_text(silent, encoding="utf-8")
    speech = findings(doctor(terminal, "--json"))["speech speech"]
    assert (speech["code"], speech["grade"]) == ("device.mute", "notice")


def test_a_broken_configuration_is_a_finding(terminal: Terminal) -> None:
    """It says what to write instead; without a configuration no device is known."""
    text = terminal.config.read_text(encoding="utf-8")
    terminal.config.write_text(text.replace('kind = "sam"', 'kind = "sim"'), encoding="utf-8")
    ended = doctor(terminal, "--json")
    assert (ended.code, ended.err) == (1, "")
    found = findings(ended)
    assert list(found) == ["configuration", "clock"]
    assert found["configuration"]["code"] == "terminal.config_wrong"
    assert "card_readers[1]" in found["configuration"]["detail"]


def test_in_words() -> None:
    """Without --json: one line for each finding, and below a fault what to do, in the language of the shell."""
    ended = bianmin("doctor", "--config", "/none.toml", environment={"LANG": "zh_CN.UTF-8"})
    assert ended.code == 1
    first, advice, clock = ended.out.splitlines()[:3]
    assert first == "FAULT   configuration: /none.toml: No such file or directory [1007]"
    assert advice == "        → 照错误信息改好配置文件，再运行 bianmin doctor。"
    assert " clock: " in clock
