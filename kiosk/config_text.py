"""Changes the text of a configuration: a few keys at a time, every comment and all the rest kept. Pure.

The one door to tomlkit, which keeps what stands between the values.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import tomlkit  # noqa: TID251 - this is the door
from tomlkit.items import AoT, Table  # noqa: TID251

from kiosk.config_file import Section


def edited(text: str, changes: Mapping[str, Section | Sequence[Section] | None]) -> str:
    """Return a configuration's text with sections changed, as :meth:`kiosk.config_file.ConfigFile.change` says."""
    for name, section in changes.items():
        if isinstance(section, Mapping):
            text = _with_defaults_said(text, name, section)
    document = tomlkit.parse(text)
    for name, section in changes.items():
        if section is None:
            document.pop(name, None)
        elif isinstance(section, Mapping):
            if name not in document:
                document.add(name, tomlkit.table())
            _set(document[name], section)
        else:
            _replace(document, name, section)
    return tomlkit.dumps(document)


def _with_defaults_said(text: str, section: str, keys: Section) -> str:
    """Uncomment the lines that show a key's default (``#proxy = …``), so that the key stands below its description."""
    lines, here = text.splitlines(), ""
    for at, line in enumerate(lines):
        if header := re.match(r"\[+([A-Za-z0-9_.-]+)\]", line):
            here = header[1]
        shown = re.match(r"#([a-z_]+) = ", line)
        if here != section or shown is None or keys.get(shown[1]) is None:
            continue
        if not any(re.match(rf"{shown[1]} *=", other) for other in _section(lines, at)):
            lines[at] = line.removeprefix("#")
    return "\n".join(lines) + "\n"


def _section(lines: Sequence[str], at: int) -> Iterator[str]:
    """Yield the lines of the section in which one stands."""
    begins = max((n for n in range(at) if lines[n].startswith("[")), default=0)
    yield lines[begins]
    yield from itertools.takewhile(lambda line: not line.startswith("["), lines[begins + 1 :])


def _set(table: Any, section: Section) -> None:  # noqa: ANN401 - tomlkit's containers
    for key, value in section.items():
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value


def _replace(document: tomlkit.TOMLDocument, name: str, sections: Sequence[Section]) -> None:
    """Make a list of sections another one; one of the same kind as before keeps its comments."""
    before = document.get(name)
    spare: list[Table] = list(before.body) if isinstance(before, AoT) else []
    made = tomlkit.aot()
    for section in sections:
        table = next((one for one in spare if one.get("kind") == section.get("kind")), None)
        if table is None:
            table = tomlkit.table()
            trailing = True
        else:
            trailing = False
            spare.remove(table)
        _set(table, {key: None for key in [*table] if key not in section} | dict(section))
        if trailing:
            table.add(tomlkit.nl())
        made.append(table)
    if not sections:
        document.pop(name, None)
    elif name in document:
        document[name] = made
    else:
        document.add(name, made)
