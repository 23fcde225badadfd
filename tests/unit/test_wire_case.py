"""Case numbers, slips, names and numbers of people, ids, bundles, versions, problems: the small parts of wire/."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.terminal_parts import CENTRE_KEY, CITIZEN, DEVICE_KEY, START
from wire.bundle import digest_of, open_bundle, sign_bundle
from wire.case import SlipCode, check_case_number, new_case_number, new_slip_token, parse_slip, show_case_number
from wire.clock import ClockQuality, SystemClock, unix_ms
from wire.errors import PeerTooNew, PeerTooOld, SignatureWrong, WireError
from wire.identity import (
    DocumentKind,
    Identity,
    Sex,
    birth_date_of,
    check_id_number,
    check_number,
    mask_id_number,
    mask_name,
    sex_of,
)
from wire.ids import uuid7
from wire.messages import (
    Application,
    Bundle,
    CaseQuery,
    CertificateReply,
    CertificateRequest,
    Change,
    ResourceKind,
    SignedBundle,
)
from wire.model import Message
from wire.protocol import SPOKEN, Versions, agree
from wire.text import Language, Text

URL = "https://centre.example"
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
numbers = st.builds(new_case_number, days, st.integers(0, 9999), st.integers(1, 9999))


@given(numbers)
def test_case_numbers(number: str) -> None:
    """Every number that is given out holds, and shows in groups that a person can read."""
    assert check_case_number(number)
    assert show_case_number(number).replace(" ", "") == number


@given(numbers, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit(number: str, place: int, by: int) -> None:
    """A single wrong digit is always found."""
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert not check_case_number(wrong)


@pytest.mark.parametrize(("terminal", "count"), [(-1, 1), (10_000, 1), (0, 0), (0, 10_000)])
def test_numbers_that_do_not_fit(terminal: int, count: int) -> None:
    """A number that would not have 17 digits is not made."""
    with pytest.raises(ValueError, match="four digits"):
        new_case_number(date(2026, 11, 23), terminal, count)


@pytest.mark.parametrize(
    "text", ["", "2026112300120007", "2026112300120007x", "２０２６１１２３００１２０００７７", "20261123001200077\n"]
)
def test_not_a_case_number(text: str) -> None:
    """Anything but 17 ASCII digits is none."""
    assert not check_case_number(text)


@given(numbers)
def test_slips(number: str) -> None:
    """What a slip says is read back."""
    slip = SlipCode(case_number=number, token=new_slip_token())
    assert parse_slip(slip.to_text(URL + "/")) == slip


@given(st.text(max_size=120))
def test_garbage_is_no_slip(text: str) -> None:
    """Whatever is scanned, it is a slip or None."""
    assert parse_slip(text) is None


@pytest.mark.parametrize(
    "text",
    [
        f"{URL}/t#20261123001200078.AbCdEfGhIjKlMnOpQrSt_-",
        f"{URL}/t#20261123001200077.AbCdEfGhIjKlMnOpQrSt_",
        f"{URL}/t#20261123001200077.AbCdEfGhIjKlMnOpQrSt_-x",
        f"{URL}/t#20261123001200077.AbCdEfGhIjKlMnOpQrSt_-\n",
        f"{URL}/v#20261123001200077.AbCdEfGhIjKlMnOpQrSt_-",
        "javascript:/t#20261123001200077.AbCdEfGhIjKlMnOpQrSt_-",
        "20261123001200077.AbCdEfGhIjKlMnOpQrSt_-",
    ],
)
def test_almost_a_slip(text: str) -> None:
    """A wrong check digit, a short or long token, another page or another scheme is no slip."""
    assert parse_slip(text) is None


def test_id_numbers() -> None:
    """A resident ID number is checked by form, date and check digit (GB 11643), and gives birth date and sex."""
    number = CITIZEN.id_number
    assert check_id_number(number)
    assert check_id_number("11010119900307002X")
    assert not check_id_number("11010119900307002x")
    assert birth_date_of(number) == date(1990, 3, 7)
    assert sex_of(number) is Sex.FEMALE
    assert sex_of(number[:16] + "3" + number[17]) is Sex.MALE
    for wrong in (number[:-1] + "1", number[:-1], "", number[:10] + "13" + number[12:], " " + number, number + " "):
        assert not check_id_number(wrong)


@pytest.mark.parametrize("document", DocumentKind)
def test_numbers_by_kind_of_document(document: DocumentKind) -> None:
    """Travel documents have numbers of their own; a resident's document has a resident ID number, and no other."""
    own = document in {
        DocumentKind.PASSPORT,
        DocumentKind.TRAVEL_PERMIT,
        DocumentKind.FOREIGN_IDENTITY_CARD,
        DocumentKind.FOREIGN_RESIDENT_CARD,
    }
    assert check_number(document, CITIZEN.id_number)
    assert all(check_number(document, number) is own for number in ("H12345678", "L898902C3", "FRA210074030155"))
    for wrong in ("", " H12345678", "h12345678", "H1234<", "H12345678\n", "１２３", "9" * 23):
        assert not check_number(document, wrong)


def test_a_mistyped_number_is_no_foreign_permanent_residents() -> None:
    """Eighteen characters there are a number like a resident's, or nothing."""
    mistyped = CITIZEN.id_number[:-1] + ("1" if CITIZEN.id_number[-1] != "1" else "2")
    assert not check_number(DocumentKind.FOREIGN_RESIDENT_CARD, mistyped)


@given(st.text(max_size=30))
def test_garbage_is_no_id_number(text: str) -> None:
    """Whatever is typed, the answer is no, not an error."""
    assert not check_id_number(text)


@given(st.text(max_size=30))
def test_masks_hide(text: str) -> None:
    """A mask is as long as what it hides, and shows of a name its end alone, of an ID number ten characters."""
    assert len(mask_name(text)) == len(text)
    assert mask_name(text)[:-1] == "*" * (len(text) - 1)
    assert len(mask_id_number(text)) == len(text)
    shown = mask_id_number(text)
    assert shown.count("*") >= (8 if len(text) == 18 else len(text))


SECRET = "不该出现的字"


@pytest.mark.parametrize(
    "message",
    [
        CITIZEN,
        CITIZEN.model_copy(update={"name": SECRET, "id_number": SECRET, "address": SECRET}),
        SlipCode(case_number="20261123001200077", token=SECRET),
        CaseQuery(case_number="20261123001200077", token=SECRET, id_number_end=SECRET, reply_key=b""),
        CertificateReply(serial="S1", pdf=SECRET.encode(), verification=SECRET),
        CertificateRequest(item="i", applicant=CITIZEN, answers={"a": SECRET}, reply_key=b""),
        Application(
            case_number="20261123001200077",
            item="i",
            applicant=CITIZEN,
            answers={SECRET: SECRET},
            token_digest="",
            submitted_at=START,
        ),
    ],
    ids=lambda message: type(message).__name__,
)
def test_nobody_shows_in_reprs(message: Message) -> None:
    """What is a citizen's stands in no repr and no str: those end in logs and tracebacks."""
    for shown in (repr(message), str(message), f"{message}", str([message])):
        for hidden in (SECRET, repr(SECRET.encode())[2:-1], CITIZEN.name, CITIZEN.id_number):
            assert hidden not in shown


def test_errors_quote_nothing() -> None:
    """An error of validation does not say what it found."""
    with pytest.raises(ValidationError) as caught:
        Identity.model_validate({"name": [SECRET], "id_number": 5, SECRET[:2]: SECRET})
    assert SECRET not in str(caught.value)


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_uuid7(ms: int, random: bytes) -> None:
    """The form of RFC 9562 holds for every time and every randomness."""
    made = uuid7(ms, lambda _: random)
    assert (made.version, made.int >> 80) == (7, ms)
    assert made.variant == "specified in RFC 4122"


@pytest.mark.parametrize("ms", [-1, 2**48])
def test_uuid7_out_of_range(ms: int) -> None:
    """A time that 48 bits do not hold is refused."""
    with pytest.raises(ValueError, match="out of range"):
        uuid7(ms)


def test_uuid7_sorts_by_time() -> None:
    """A later id sorts after an earlier one."""
    assert str(uuid7(1_000)) < str(uuid7(1_001))


def test_system_clock() -> None:
    """The machine's clock gives aware moments, seconds that do not run back, and one of two qualities."""
    clock = SystemClock()
    before = clock.monotonic()
    assert clock.now().utcoffset() is not None
    assert abs(unix_ms(clock.now()) / 1000 - clock.now().timestamp()) < 5
    assert clock.quality() in ClockQuality
    assert clock.monotonic() >= before


@pytest.mark.parametrize(
    ("own", "peer", "agreed"), [("1-1", "1-1", 1), ("1-3", "2-5", 3), ("2-5", "1-3", 3), ("1-9", "4-4", 4)]
)
def test_versions_agree(own: str, peer: str, agreed: int) -> None:
    """Both sides choose the newest version that both speak."""
    assert agree(Versions.parse(own), Versions.parse(peer)) == agreed
    assert agree(Versions.parse(peer), Versions.parse(own)) == agreed


def test_versions_disagree() -> None:
    """Each side knows who has to be updated."""
    old, new = Versions(1, 2), Versions(3, 4)
    with pytest.raises(PeerTooNew):
        agree(old, new)
    with pytest.raises(PeerTooOld):
        agree(new, old)
    assert Versions.parse(str(SPOKEN)) == SPOKEN


@pytest.mark.parametrize("text", ["", "1", "-", "1-", "-1", "2-1", "1-2-3", "a-b", "１-１", "1-99999", "1-1\n"])
def test_not_versions(text: str) -> None:
    """Anything else is malformed."""
    with pytest.raises(WireError):
        Versions.parse(text)


def test_texts() -> None:
    """Every text speaks every language."""
    text = Text(zh="字", en="word")
    assert [text.in_language(language) for language in Language] == ["字", "word"]


def bundle(digest: str | None = None) -> Bundle:
    content = {"a": "字", "b": [1, None]}
    change = Change(kind=ResourceKind.SETTING, key="k", digest=digest or digest_of(content), content=content)
    return Bundle(since=0, cursor=1, changes=(change,))


def test_bundles() -> None:
    """A bundle opens with the key of its centre alone, and only whole."""
    public = CENTRE_KEY.public_key()
    signed = sign_bundle(bundle(), CENTRE_KEY)
    assert open_bundle(signed, public) == bundle()
    with pytest.raises(SignatureWrong):
        open_bundle(signed, DEVICE_KEY.public_key())
    with pytest.raises(SignatureWrong):
        open_bundle(SignedBundle(content=signed.content + b" ", signature=signed.signature), public)
    with pytest.raises(WireError, match="digest"):
        open_bundle(sign_bundle(bundle(digest="0" * 64), CENTRE_KEY), public)
    gone = Change(kind=ResourceKind.SETTING, key="k", digest="0" * 64, content=None)
    with pytest.raises(WireError, match="digest"):
        open_bundle(sign_bundle(Bundle(since=0, cursor=1, changes=(gone,)), CENTRE_KEY), public)


@given(
    st.binary(max_size=200) | st.sampled_from([b"{}", b"[]", b'{"since":0,"cursor":1,"changes":[{}]}', b"[" * 100_000])
)
@settings(deadline=None)
def test_garbage_bundles(content: bytes) -> None:
    """Whatever the centre signs, it is a bundle or malformed."""
    signature = CENTRE_KEY.sign(b"bianmin/bundle/1" + content)
    with pytest.raises(WireError):
        open_bundle(SignedBundle(content=content, signature=signature), CENTRE_KEY.public_key())
    with pytest.raises(SignatureWrong):
        open_bundle(SignedBundle(content=content, signature=content[:64]), CENTRE_KEY.public_key())


def test_digest_ignores_the_order_of_keys() -> None:
    """The same content has the same digest, however it was written."""
    assert digest_of({"a": 1, "b": {"c": 2, "d": 3}}) == digest_of({"b": {"d": 3, "c": 2}, "a": 1})


def test_messages_are_frozen_and_take_nothing_extra() -> None:
    """A message is what was received: no field is changed, none is unknown."""
    text = Text(zh="字", en="word")
    with pytest.raises(ValidationError):
        text.zh = "x"  # type: ignore[misc]  # the promise under test
    with pytest.raises(ValidationError):
        Text.model_validate({"zh": "字", "en": "word", "fr": "mot"})
