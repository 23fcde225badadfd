"""Plays udev rules on an invented device: the part of udev(7) that our file uses, and an error for any other."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

_TOKEN = re.compile(r'([A-Z_]+)(?:\{([^}]+)\})?\s*(==|!=|\+=|=)\s*"([^"]*)"\s*,?\s*')
_PARENTS = {"SUBSYSTEMS"}


@dataclass
class Device:
    """``attributes`` are files in sysfs, ``properties`` what udev knows; ``interfaces`` as its usb_id would tell."""

    subsystem: str
    attributes: dict[str, str]
    properties: dict[str, str] = field(default_factory=dict)
    interfaces: str = ""
    parents: frozenset[str] = frozenset()
    kernel: str = "1-1"
    runs: list[str] = field(default_factory=list)
    symlinks: list[str] = field(default_factory=list)
    action: str = "add"


Token = tuple[str, str, str, str]


def rules(path: Path) -> list[list[Token]]:
    """Return the file's rules, each as its tokens: key, attribute, operator, value."""
    text = re.sub(r"^#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    return [list(_tokens(line)) for line in text.splitlines() if line.strip()]


def play(device: Device, all_rules: list[list[Token]]) -> None:
    """Apply the rules to a device, which has been changed afterwards."""
    waiting_for = None
    for rule in all_rules:
        if waiting_for is not None:
            if ("LABEL", "", "=", waiting_for) not in rule:
                continue
            waiting_for = None
        if all(_fits(device, token) for token in rule):
            waiting_for = next((value for key, _, _, value in rule if key == "GOTO"), None)


def _tokens(line: str) -> Iterator[Token]:
    at = 0
    while at < len(line.rstrip()):
        found = _TOKEN.match(line, at)
        if found is None:
            raise ValueError(f"not understood: {line[at:]}")
        yield found[1], found[2] or "", found[3], found[4]
        at = found.end()


def _fits(device: Device, token: Token) -> bool:
    """Tell whether a match fits; do what an assignment says, and go on."""
    key, name, operator, value = token
    if operator in {"==", "!="}:
        has = _value(device, key, name)
        matched = any(fnmatchcase(one, pattern) for one in has for pattern in value.split("|"))
        return matched is (operator == "==")
    match key:
        case "IMPORT" if (name, value) == ("builtin", "usb_id"):
            device.properties["ID_USB_INTERFACES"] = device.interfaces
        case "ATTR":
            device.attributes[name] = value
        case "RUN":
            device.runs.append(value)
        case "SYMLINK":
            device.symlinks.append(value)
        case "ENV":
            device.properties[name] = value
        case "GOTO" | "LABEL" | "TAG":
            pass
        case _:
            raise ValueError(f"not understood: {token}")
    return True


def _value(device: Device, key: str, name: str) -> set[str]:
    match key:
        case "ACTION":
            return {device.action}
        case "SUBSYSTEM":
            return {device.subsystem}
        case "SUBSYSTEMS":
            return {device.subsystem, *device.parents}
        case "KERNEL":
            return {device.kernel}
        case "ATTR":
            return {device.attributes.get(name, "")}
        case "ENV":
            return {device.properties.get(name, "")}
        case _:
            raise ValueError(f"not understood: {key}")
