"""The tables of docs/technician.md, made of the code. ``python -m tests.technician_tables`` writes them anew."""

import dataclasses
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from kiosk.commands.outcome import Exit
from kiosk.condition import DeviceStatus, condition_of
from wire.problems import catalogue

PAGE = Path(__file__).parents[1] / "docs" / "technician.md"
_EXITS = {
    Exit.DONE: "done; for `doctor`: no fault",
    Exit.FAULT: "a fault, with its code; for `print`: nothing was printed",
    Exit.USAGE: "the command line cannot be understood",
    Exit.NOTHING_CAME: "no card or code came before the deadline; for `scan IMAGE`: a picture has no code",
    Exit.DOUBTFUL: "`print`: nobody can say what lies in the tray",
    Exit.CONFIG: "the configuration is wrong (`run`, `sync`, `enrol`); systemd does not start it again and again",
}


def example_of(kind: type[Any]) -> Any:  # noqa: ANN401 - a status of any device
    """Return a status of a class, its fields filled in."""
    values: dict[object, Any] = {str: "reason", int: 1, bool: False, tuple[str, ...]: ("media-empty-error",)}
    return kind(**{field.name: values[field.type] for field in dataclasses.fields(kind)})


def tables() -> dict[str, list[str]]:
    """Return each table's lines, by the name of its place in the page."""
    return {"exits": _exits(), "states": _states(), "advice": _advice()}


def _exits() -> list[str]:
    return ["| code | meaning |", "|---|---|", *(f"| {code.value} | {_EXITS[code]} |" for code in Exit)]


def _states() -> list[str]:
    rows = []
    for kind in get_args(DeviceStatus):
        condition = condition_of(example_of(kind))
        code = "well" if condition.code is None else f"`{condition.code}`"
        if kind.__name__ == "PrinterStopped":
            code = "by its reason: `printer.…`"
        rows.append(f"| `{kind.__name__}` | {condition.words.zh} | {condition.words.en} | {code} |")
    return ["| status | 屏幕 | screen | code |", "|---|---|---|---|", *rows]


def _advice() -> list[str]:
    listed = tomllib.loads(files("kiosk").joinpath("advice.toml").read_text(encoding="utf-8"))["advice"]
    problems = catalogue()
    rows = sorted(
        (problems[code].number, code, problems[code].happened.en, zh, en) for code, (zh, en) in listed.items()
    )
    return [
        "| number | code | what happened | 怎么办 | what to do |",
        "|---|---|---|---|---|",
        *(f"| {number} | `{code}` | {happened} | {zh} | {en} |" for number, code, happened, zh, en in rows),
    ]


def filled_in(text: str) -> str:
    """Return a page with its tables as they should be."""
    for name, lines in tables().items():
        place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not place.search(text):
            raise ValueError(f"no place for the table {name}")
        table = "\n".join(lines)
        text = place.sub(lambda found, table=table: f"{found[1]}{table}\n{found[2]}", text)
    return text


if __name__ == "__main__":
    PAGE.write_text(filled_in(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
