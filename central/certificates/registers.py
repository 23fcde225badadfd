"""What departments' registers say of a person, typed; kept closed, found by person."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from central.certificates.models import RegisterEntry
from central.certificates.vault import Vault
from central.organisation.models import Centre
from wire.model import Message
from wire.text import Text


class Register(StrEnum):
    """A register that certificates are made from."""

    PROPERTY = "property"
    INSURANCE = "insurance"
    RESIDENCE = "residence"


class Property(Message):
    """Real estate registered in a person's name. ``unit_number``: 不动产单元号, 28 characters."""

    unit_number: Annotated[str, StringConstraints(min_length=28, max_length=28)]
    place: str
    registered_on: date


class InsurancePeriod(Message):
    """Months in which one payer paid social insurance, on the first day of each; ``last`` None: still paying."""

    payer: str
    base_fen: Annotated[int, Field(gt=0)]
    first: date
    last: date | None
    pension: bool = True
    medical: bool = True
    unemployment: bool = True
    injury: bool = True


class Residence(Message):
    """A registration of residence; ``valid_to`` None: until further notice."""

    address: str
    since: date
    valid_to: date | None
    reason: Text
    registrar: Text


class Person(Message):
    """All that the registers say of one person."""

    id_number: str
    name: str
    property: tuple[Property, ...] = ()
    insurance: tuple[InsurancePeriod, ...] = ()
    residence: tuple[Residence, ...] = ()

    def __repr__(self) -> str:
        """Give nothing away."""
        return "Person()"


class Registers:
    """One centre's view of the registers."""

    def __init__(self, centre: Centre, vault: Vault) -> None:
        self._centre = centre
        self._vault = vault

    def property_of(self, id_number: str) -> list[Property]:
        """Return what a person owns."""
        return [Property.model_validate_json(content) for content in self._of(Register.PROPERTY, id_number)]

    def insurance_of(self, id_number: str) -> list[InsurancePeriod]:
        """Return the periods in which insurance was paid for a person."""
        return [InsurancePeriod.model_validate_json(content) for content in self._of(Register.INSURANCE, id_number)]

    def residence_of(self, id_number: str) -> list[Residence]:
        """Return a person's registrations of residence."""
        return [Residence.model_validate_json(content) for content in self._of(Register.RESIDENCE, id_number)]

    def replace(self, people: Iterable[Person]) -> None:
        """Forget all entries of the centre and take these. The caller holds a transaction."""
        RegisterEntry.objects.filter(centre=self._centre).delete()
        RegisterEntry.objects.bulk_create(
            self._entry(register, person.id_number, record)
            for person in people
            for register, records in (
                (Register.PROPERTY, person.property),
                (Register.INSURANCE, person.insurance),
                (Register.RESIDENCE, person.residence),
            )
            for record in records
        )

    def _entry(self, register: Register, id_number: str, record: Message) -> RegisterEntry:
        person = self._vault.person(id_number)
        closed = self._vault.close(record.model_dump_json().encode(), _row(register, person))
        return RegisterEntry(centre=self._centre, register=register.value, person=person, content=closed)

    def _of(self, register: Register, id_number: str) -> list[bytes]:
        person = self._vault.person(id_number)
        entries = RegisterEntry.objects.filter(centre=self._centre, register=register.value, person=person)
        return [self._vault.open(bytes(entry.content), _row(register, person)) for entry in entries.order_by("pk")]


def _row(register: Register, person: str) -> str:
    return f"register/{register.value}/{person}"
