"""A small town's centre as data: citizens, items, and the signed bundle that publishes them."""

from datetime import date
from typing import Any

from devices.virtual.people import LIU, ZHANG, Person
from devices.virtual.travellers import ANNA, CHAN
from tests.terminal_parts import ISSUER_KEY
from wire.bundle import digest_of
from wire.catalogue import Department, Form, Material, Processing, ServiceItem
from wire.identity import DocumentKind, Identity
from wire.keys import key_id
from wire.messages import Bundle, Change, IssuerKey, ResourceKind, Revocation
from wire.model import Message
from wire.text import Language, Text


def _identity(person: Person, document: DocumentKind) -> Identity:
    resident = document is DocumentKind.RESIDENT_CARD
    return Identity(
        document=document,
        name=person.name,
        id_number=person.id_number,
        sex=person.sex,
        birth_date=person.birth_date,
        nation=person.nation_name,
        address=person.address if resident else None,
        issuer=person.issuer if resident else None,
        valid_from=person.valid_from,
        valid_to=person.valid_to,
        card_number=None if resident else person.card_number,
    )


ZHANG_RESIDENT = _identity(ZHANG, DocumentKind.RESIDENT_CARD)
ZHANG_SOCIAL = _identity(ZHANG, DocumentKind.SOCIAL_SECURITY_CARD)
LIU_RESIDENT = _identity(LIU, DocumentKind.RESIDENT_CARD)
CHAN_PERMIT = Identity(
    document=DocumentKind.TRAVEL_PERMIT,
    name="陳𬱖明",
    name_latin="CHAN YUET MING",
    id_number=CHAN.number,
    sex=CHAN.sex,
    birth_date=CHAN.birth_date,
    valid_to=CHAN.valid_to,
    nationality=CHAN.nationality,
)
ANNA_PASSPORT = Identity(
    document=DocumentKind.PASSPORT,
    name="ERIKSSON ANNA MARIA",
    name_latin="ERIKSSON ANNA MARIA",
    id_number=ANNA.number,
    sex=ANNA.sex,
    birth_date=ANNA.birth_date,
    valid_to=ANNA.valid_to,
    nationality=ANNA.nationality,
)
BOTH = (DocumentKind.RESIDENT_CARD, DocumentKind.SOCIAL_SECURITY_CARD)


def text(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


def form(
    properties: dict[str, Any],
    required: tuple[str, ...] = (),
    elements: list[dict[str, Any]] | None = None,
    texts: dict[Language, dict[str, str]] | None = None,
    **more: object,
) -> Form:
    """Return a form; without elements, each property is asked in order."""
    controls = [{"type": "Control", "scope": f"#/properties/{key}"} for key in properties]
    return Form(
        code="form",
        data_schema={"type": "object", "properties": properties, "required": list(required), **more},
        ui_schema={"type": "VerticalLayout", "elements": controls if elements is None else elements},
        texts=texts or {},
    )


def item(code: str, zh: str, en: str, **changes: object) -> ServiceItem:
    fields: dict[str, Any] = {
        "code": code,
        "department": "housing",
        "name": text(zh, en),
        "summary": text("", ""),
        "legal_basis": text("", ""),
        "materials": (Material(name=text("居民身份证", "Resident ID card"), held=True),),
        "processing": Processing.INSTANT,
        "promise_days": 0,
        "fee_fen": 0,
        "accepted_documents": BOTH,
        "form": form({}),
    }
    return ServiceItem(**(fields | changes))


PURPOSE = form(
    {"purpose": {"type": "string", "enum": ["school", "loan"], "default": "school"}},
    required=("purpose",),
    texts={
        Language.ZH: {"purpose.label": "证明用途", "purpose.school": "子女入学", "purpose.loan": "办理贷款"},
        Language.EN: {"purpose.label": "Purpose", "purpose.school": "School", "purpose.loan": "Loan"},
    },
)
NO_PROPERTY = item(
    "no_property",
    "无房产登记证明",
    "Certificate of No Property",
    form=PURPOSE,
    certificate="no_property",
    keywords=("无房证明", "查档"),
)
SHOP = item(
    "shop",
    "个体工商户设立登记",
    "Registration of an Individual Business",
    department="market",
    processing=Processing.PROMISED,
    promise_days=3,
    accepted_documents=(DocumentKind.RESIDENT_CARD,),
    keywords=("营业执照", "开店"),
    form=form(
        {
            "operator": {"type": "string", "x-known": "name"},
            "phone": {"type": "string", "pattern": "^1[3-9]\\d{9}$"},
            "staff": {"type": "integer", "minimum": 1, "maximum": 500},
        },
        required=("operator", "phone", "staff"),
        texts={
            Language.ZH: {"operator.label": "经营者", "phone.label": "电话", "staff.label": "从业人数"},
            Language.EN: {},
        },
    ),
)
STALL = item(
    "stall",
    "临时摊位登记",
    "Registration of a Stall",
    department="market",
    processing=Processing.PROMISED,
    promise_days=3,
    accepted_documents=(DocumentKind.RESIDENT_CARD, DocumentKind.TRAVEL_PERMIT),
    form=form({"staff": {"type": "integer", "minimum": 1, "maximum": 9}}, required=("staff",)),
)
DEPARTMENTS = (
    Department(code="housing", name=text("自然资源局", "Natural Resources")),
    Department(code="market", name=text("市场监督管理局", "Market Regulation")),
)
ISSUER_PUBLIC = ISSUER_KEY.public_key().public_bytes_raw()


def bundle(
    *items: ServiceItem, revoked: tuple[str, ...] = (), since: int = 0, cursor: int = 1, today: date | None = None
) -> Bundle:
    """Return what the centre publishes."""
    changes = [
        *(_change(ResourceKind.DEPARTMENT, one.code, one) for one in DEPARTMENTS),
        *(_change(ResourceKind.ITEM, one.code, one) for one in items or (NO_PROPERTY, SHOP)),
        _change(ResourceKind.ISSUER_KEY, key_id(ISSUER_PUBLIC), IssuerKey(public_key=ISSUER_PUBLIC)),
        *(_change(ResourceKind.REVOCATION, serial, Revocation(revoked_on=today)) for serial in revoked),
    ]
    return Bundle(since=since, cursor=cursor, changes=tuple(changes))


def _change(kind: ResourceKind, key: str, content: Message) -> Change:
    dumped = content.model_dump(mode="json")
    return Change(kind=kind, key=key, digest=digest_of(dumped), content=dumped)
