"""The card stacks under one face: what a person could do to each, from driver down to virtual hardware."""

import asyncio
from typing import Protocol

from devices.card_reader import social_security
from devices.card_reader.api import CardPresent, CardReader, CardStatus
from devices.card_reader.pcsc_reader import PcscReader
from devices.card_reader.sam import SamReader
from devices.card_reader.sam_line import OpenLine
from devices.virtual import card_slot, sam_module
from devices.virtual.card_resident import OtherCard, ResidentCard
from devices.virtual.card_social_security import SocialSecurityCard, UnknownCard
from devices.virtual.pcscd import VirtualPcscd
from devices.virtual.people import Person
from devices.virtual.sam_module import VirtualSamModule
from wire.identity import Identity

DEADLINE_S = 2.0  # a read takes 0.12 s at most; CI may be busy with other things
HANG_S = 20.0
MID_READ = 6  # of the commands that a social security card is read with


class Stack(Protocol):
    """One driver, the real stack below it, and virtual hardware at the end."""

    reader: CardReader

    def insert(self, person: Person) -> None: ...
    def insert_unknown(self) -> None: ...
    def remove(self) -> None: ...
    def lift_in_next_read(self, instead: Person | None = None) -> None: ...
    def fall_silent(self) -> None: ...
    def slow_down(self) -> None: ...
    def garble_next_read(self) -> None: ...
    def lose_reader(self) -> None: ...
    def bring_reader_back(self) -> None: ...


class PcscStack:
    def __init__(self, pcscd: VirtualPcscd) -> None:
        self.pcscd = pcscd
        self.slot = pcscd.slots[0]
        self.reader: CardReader = PcscReader(
            [social_security.read], name_part=pcscd.reader_names[0], deadline_s=DEADLINE_S
        )

    def insert(self, person: Person) -> None:
        self.slot.insert(SocialSecurityCard(person))

    def insert_unknown(self) -> None:
        self.slot.insert(UnknownCard())

    def remove(self) -> None:
        self.slot.remove()

    def lift_in_next_read(self, instead: Person | None = None) -> None:
        if instead is None:
            self.slot.fail_next(card_slot.Pulled(MID_READ))
        else:
            self.slot.fail_next(card_slot.Swapped(SocialSecurityCard(instead), MID_READ))

    def slow_down(self) -> None:
        self.slot.fail_next(card_slot.Slow(0.05))

    def fall_silent(self) -> None:
        self.slot.fail_next(card_slot.Silent(MID_READ))

    def garble_next_read(self) -> None:
        self.slot.fail_next(card_slot.Garbled(lambda answer: answer[:-3] + b"?" + answer[-2:], MID_READ))

    def lose_reader(self) -> None:
        self.pcscd.stop(kill=True)

    def bring_reader_back(self) -> None:
        self.pcscd.start()


class SamStack:
    def __init__(self, module: VirtualSamModule, open_line: OpenLine) -> None:
        self.module = module
        self.reader: CardReader = SamReader(module.port, open_line=open_line, poll_s=0.05, deadline_s=DEADLINE_S)

    def insert(self, person: Person) -> None:
        self.module.insert(ResidentCard(person))

    def insert_unknown(self) -> None:
        self.module.insert(OtherCard())

    def remove(self) -> None:
        self.module.remove()

    def lift_in_next_read(self, instead: Person | None = None) -> None:
        self.module.fail_next(sam_module.Lifted(ResidentCard(instead) if instead else None))

    def slow_down(self) -> None:
        self.module.fail_next(sam_module.Slow(0.3))

    def fall_silent(self) -> None:
        self.module.fail_next(sam_module.Silent())

    def garble_next_read(self) -> None:
        # the last digit of the birth date in the text, which the ID number contradicts
        self.module.fail_next(sam_module.Garbled(lambda text: text[:50] + b"x" + text[51:]))

    def lose_reader(self) -> None:
        self.module.unplug()

    def bring_reader_back(self) -> None:
        self.module.plug()


async def until(reader: CardReader, kind: type[CardStatus]) -> CardStatus:
    """Wait until the reader's status is of a kind."""
    async with asyncio.timeout(HANG_S):
        status = reader.status
        while not isinstance(status, kind):
            status = await reader.changed(status)
        return status


async def until_another(reader: CardReader, before: CardStatus) -> None:
    """Wait until a card lies there that is not the one of before: the moment between them may pass unseen."""
    async with asyncio.timeout(HANG_S):
        while (status := reader.status) == before or not isinstance(status, CardPresent):
            await reader.changed(status)


def is_about(identity: Identity, person: Person) -> bool:
    """Tell whether all that was read is this person's."""
    return (
        identity.name == person.name
        and identity.id_number == person.id_number
        and identity.sex is person.sex
        and identity.birth_date == person.birth_date
        and identity.nation == person.nation_name
        and identity.valid_from == person.valid_from
        and identity.valid_to == person.valid_to
        and identity.address in (None, person.address)
        and identity.card_number in (None, person.card_number)
        and identity.photo in (None, person.photo)
    )
