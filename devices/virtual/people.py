"""Invented people for the demo, tests and benchmarks: the one place where their data stand.

Nobody here exists; the numbers are formed by their rules (GB 11643 for residents) with valid check digits. The dates
fit the documents of people as they would be in the 2020s, and the eldest is there to be served as well as the youngest.
"""

from dataclasses import dataclass, field
from datetime import date

from wire.identity import Sex


@dataclass(frozen=True, slots=True)
class Person:
    """One invented citizen, with what the two cards say. ``valid_to`` None is 长期.

    ``nation`` is the code of GB/T 3304, ``photo`` 1024 arbitrary bytes in place of a WLT picture.
    """

    name: str
    id_number: str
    sex: Sex
    birth_date: date
    nation: str
    nation_name: str
    address: str
    issuer: str
    valid_from: date
    valid_to: date | None
    card_number: str
    photo: bytes = field(default=bytes(range(256)) * 4, repr=False)


ZHANG = Person(
    name="张小燕",
    id_number="210203199106120028",
    sex=Sex.FEMALE,
    birth_date=date(1991, 6, 12),
    nation="01",
    nation_name="汉",
    address="辽宁省大连市西岗区望海巷88号3单元502室",
    issuer="大连市公安局西岗分局",
    valid_from=date(2019, 4, 8),
    valid_to=date(2039, 4, 8),
    card_number="DL1000024",
)
LIU = Person(
    name="刘德厚",
    id_number="210281194803153120",
    sex=Sex.FEMALE,
    birth_date=date(1948, 3, 15),
    nation="11",
    nation_name="满",
    address="辽宁省瓦房店市松树岭镇柳河村大柳屯17号",
    issuer="瓦房店市公安局",
    valid_from=date(2007, 9, 3),
    valid_to=None,
    card_number="DL1000315",
)
ZHANG_YU = Person(
    name="仉𬱖",
    id_number="210224200109300013",
    sex=Sex.MALE,
    birth_date=date(2001, 9, 30),
    nation="01",
    nation_name="汉",
    address="辽宁省长海县小圆岛镇渔港村海湾屯6号",
    issuer="长海县公安局",
    valid_from=date(2022, 1, 17),
    valid_to=date(2032, 1, 17),
    card_number="DL1000930",
)
GULINUR = Person(
    name="古丽努尔·买买提江",
    id_number="210204197802191046",
    sex=Sex.FEMALE,
    birth_date=date(1978, 2, 19),
    nation="05",
    nation_name="维吾尔",
    address="辽宁省大连市沙河口区中庭街道锦云南园9号楼1201",
    issuer="大连市公安局沙河口分局",
    valid_from=date(2015, 11, 23),
    valid_to=date(2035, 11, 23),
    card_number="DL1000219",
)
PEOPLE = (ZHANG, LIU, ZHANG_YU, GULINUR)


@dataclass(frozen=True, slots=True)
class Foreigner:
    """One invented foreign permanent resident. ``name`` is Chinese or empty, ``nationality`` three letters."""

    name: str
    name_latin: str
    id_number: str
    nationality: str
    sex: Sex
    birth_date: date
    valid_from: date
    valid_to: date
    photo: bytes = field(default=bytes(range(256)) * 4, repr=False)


FRASER = Foreigner(
    name="范思兰",
    name_latin="FRASER, ELSPETH MAIRI",
    id_number="GBR210285072319",
    nationality="GBR",
    sex=Sex.FEMALE,
    birth_date=date(1985, 7, 23),
    valid_from=date(2018, 3, 1),
    valid_to=date(2028, 3, 1),
)
LINDQVIST = Foreigner(
    name="",
    name_latin="LINDQVIST BERGSTROM, NILS GUSTAV ALEXANDER",  # longer than the first of the two fields for it
    id_number="92139219790405016X",
    nationality="SWE",
    sex=Sex.MALE,
    birth_date=date(1979, 4, 5),
    valid_from=date(2024, 1, 15),
    valid_to=date(2034, 1, 15),
)
FOREIGNERS = (FRASER, LINDQVIST)

CHAN = Person(
    name="陈子楠",
    id_number="810000198802170026",
    sex=Sex.FEMALE,
    birth_date=date(1988, 2, 17),
    nation="",
    nation_name="",
    address="辽宁省大连市中山区听涛路21号4单元301",
    issuer="大连市公安局中山分局",
    valid_from=date(2021, 5, 20),
    valid_to=date(2026, 5, 20),
    card_number="",
)
