"""What a centre offers: departments, service items, their materials and forms. All of it is data."""

from enum import StrEnum
from typing import Any

from wire.identity import DocumentKind
from wire.model import Message
from wire.text import Language, Text


class Processing(StrEnum):
    """How an item is decided: at once (即办件), or within a promised number of working days (承诺件)."""

    INSTANT = "instant"
    PROMISED = "promised"


class Department(Message):
    """A department (部门) with windows at the centre."""

    code: str
    name: Text


class Material(Message):
    """A document that an item requires (申请材料). ``held`` means that the centre already has it (数据共享)."""

    name: Text
    copies: int = 1
    held: bool = False


class Form(Message):
    """A form: what is asked (JSON Schema 2020-12) and how (JSON Forms UI schema).

    A property's ``x-known`` names the field of :class:`wire.identity.Identity` that prefills it. ``texts`` maps a
    language to the words behind the UI schema's ``i18n`` keys: ``<key>.label``, ``<key>.description``,
    ``<key>.<enum value>``, as JSON Forms forms them.
    """

    code: str
    data_schema: dict[str, Any]
    ui_schema: dict[str, Any]
    texts: dict[Language, dict[str, str]]


class ServiceItem(Message):
    """What a citizen can apply for or have printed (办事事项).

    ``promise_days`` counts Chinese working days, 0 for an instant item; ``fee_fen`` is in fen. ``certificate`` is
    the code of the certificate template for items that end with a printed certificate at the terminal.
    """

    code: str
    department: str
    name: Text
    summary: Text
    legal_basis: Text
    materials: tuple[Material, ...]
    processing: Processing
    promise_days: int
    fee_fen: int
    accepted_documents: tuple[DocumentKind, ...]
    form: Form
    certificate: str | None = None
    life_events: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
