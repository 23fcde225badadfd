"""Reads a centre from a folder (sample_centre/README.md) and checks it whole, before anything of it is used.

All that is wrong is told at once, each with its file, so that an author need not try again and again.
"""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from central.certificates.facts import SOURCES
from central.certificates.forms import faults_of
from central.certificates.registers import Person
from wire.catalogue import Department as WireDepartment
from wire.catalogue import Form
from wire.catalogue import ServiceItem as WireItem
from wire.identity import RESIDENTS, check_id_number
from wire.model import Message
from wire.text import Text

_MAX_FILE_BYTES = 1_000_000


class DefinitionWrong(Exception):
    """A centre's definition cannot be used. ``faults`` names every one, with its file."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Window(Message):
    """Where a department is found."""

    number: str
    place: str


class Department(Message):
    """A department and its window."""

    code: str
    name: Text
    window: Window

    def wire(self) -> WireDepartment:
        """Return the department as terminals know it."""
        return WireDepartment(code=self.code, name=self.name)


class Look(Message):
    """What certificates of the centre carry."""

    seal_around: str = Field(min_length=2, max_length=16)
    seal_below: str = Field(max_length=12)
    notice: Text | None = None


class Certificate(Message):
    """A kind of certificate; its Typst source lies in ``certificates/<code>.typ``."""

    code: str
    title: Text
    facts: str


class Centre(Message):
    """``centre.toml``."""

    code: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    name: Text
    level: str = Field(pattern=r"^(city|county|township)$")
    look: Look
    departments: tuple[Department, ...] = Field(min_length=1)
    certificates: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """A centre as its folder says. ``sources``: Typst by certificate code."""

    centre: Centre
    items: tuple[WireItem, ...]
    sources: dict[str, str]
    people: tuple[Person, ...]


def read(folder: Path) -> Definition:
    """Read and check a folder. Raises :class:`DefinitionWrong`."""
    faults: list[str] = []
    centre = _centre(folder / "centre.toml", faults)
    items = [_item(path, faults) for path in sorted((folder / "items").glob("*.toml"))]
    registers = folder / "registers.json"
    listed = _json(registers, faults) if registers.exists() else {"people": []}
    people = _shape(listed.get("people"), tuple[Person, ...], registers.name, faults) if listed is not None else None
    kinds = centre.certificates if centre is not None else ()
    sources = {kind.code: _text(folder / "certificates" / f"{kind.code}.typ", faults) or "" for kind in kinds}
    complete = [item for item in items if item is not None]
    if centre is not None:
        faults += _cross_faults(centre, complete)
    if people is not None:
        faults += [
            f"registers.json: person {place} has no valid ID number"
            for place, person in enumerate(people, 1)
            if not check_id_number(person.id_number)
        ]
    if faults or centre is None or people is None:
        raise DefinitionWrong(faults)
    return Definition(centre, tuple(complete), sources, people)


def _item(path: Path, faults: list[str]) -> WireItem | None:
    raw = _toml(path, faults)
    form = _json(path.parent.parent / "forms" / f"{path.stem}.json", faults)
    if raw is None or form is None:
        return None
    item = _shape(raw | {"form": {"code": path.stem, **form}}, WireItem, path.name, faults)
    if item is None:
        return None
    if item.code != path.stem:
        faults.append(f"{path.name}: code is {item.code!r}, not the file's name")
    if (item.processing == "instant") != (item.promise_days == 0):
        faults.append(f"{path.name}: an instant item promises 0 working days, a promised one more")
    if item.fee_fen < 0 or item.promise_days < 0:
        faults.append(f"{path.name}: fee and working days cannot be negative")
    if not item.accepted_documents:
        faults.append(f"{path.name}: no accepted documents")
    if item.certificate is not None and not RESIDENTS.issuperset(item.accepted_documents):
        faults.append(
            f"{path.name}: a certificate says what registers know, by resident ID number; not every holder has one"
        )
    faults += [f"{path.stem}.json: {fault}" for fault in faults_of(item.form)]
    return item


def _cross_faults(centre: Centre, items: list[WireItem]) -> Iterator[str]:
    """Give what fits each file alone and yet not together."""
    departments = [department.code for department in centre.departments]
    certificates = {certificate.code for certificate in centre.certificates}
    if len(set(departments)) != len(departments):
        yield "centre.toml: two departments share a code"
    for certificate in centre.certificates:
        if certificate.facts not in SOURCES:
            known = ", ".join(sorted(SOURCES))
            yield f"centre.toml: certificate {certificate.code}: no facts {certificate.facts!r}; there are {known}"
    for item in items:
        if item.department not in departments:
            yield f"{item.code}.toml: no department {item.department!r} in centre.toml"
        if item.certificate is not None:
            if item.certificate not in certificates:
                yield f"{item.code}.toml: no certificate {item.certificate!r} in centre.toml"
            yield from _purpose_faults(item.form)


def _purpose_faults(form: Form) -> Iterator[str]:
    purpose = form.data_schema.get("properties", {}).get("purpose", {})
    if "purpose" not in form.data_schema.get("required", ()) or not purpose.get("enum"):
        yield f"{form.code}.json: a certificate's form asks for a purpose, required, from an enum"


def _centre(path: Path, faults: list[str]) -> Centre | None:
    raw = _toml(path, faults)
    return None if raw is None else _shape(raw, Centre, path.name, faults)


_Shaped = TypeVar("_Shaped")


def _shape(raw: Any, model: type[_Shaped], name: str, faults: list[str]) -> _Shaped | None:  # noqa: ANN401 - parsed
    try:
        return TypeAdapter(model).validate_json(json.dumps(raw, default=str))
    except ValidationError as error:
        # without the input: registers name people
        faults += [
            f"{name}: {'.'.join(map(str, fault['loc'])) or 'content'}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False, include_context=False)
        ]
    return None


def _toml(path: Path, faults: list[str]) -> dict[str, Any] | None:
    text = _text(path, faults)
    if text is None:
        return None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        faults.append(f"{path.name}: not TOML: {error}")
    return None


def _json(path: Path, faults: list[str]) -> dict[str, Any] | None:
    text = _text(path, faults)
    if text is None:
        return None
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        faults.append(f"{path.name}: not JSON: {error}")
        return None
    if not isinstance(content, dict):
        faults.append(f"{path.name}: not a JSON object")
        return None
    return content


def _text(path: Path, faults: list[str]) -> str | None:
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            faults.append(f"{path.name}: larger than {_MAX_FILE_BYTES} bytes")
            return None
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        faults.append(f"{path.parent.name}/{path.name}: missing")
    except (OSError, UnicodeDecodeError):
        faults.append(f"{path.name}: not readable as UTF-8 text")
    return None
