"""What only a SAM module and its line can do: noise, cuts, checksums, late answers, other cards, new addresses."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest

from devices.card_reader.api import (
    CardGarbled,
    CardPresent,
    CardRemoved,
    CardSilent,
    NoCard,
    ReaderFault,
    ReaderMissing,
)
from devices.card_reader.recovery import Pace
from devices.card_reader.remedies import Remedies
from devices.card_reader.sam import SamReader
from devices.card_reader.sam_hid import HidLine, Reports
from devices.card_reader.sam_serial import SerialLine
from devices.virtual.card_resident import ForeignResidentCard, ResidencePermit, ResidentCard
from devices.virtual.people import CHAN, FOREIGNERS, LIU, ZHANG
from devices.virtual.sam_module import Cut, Lifted, Mangled, Silent, VirtualSamModule
from tests.contract.card_stacks import is_about, until


@pytest.fixture
async def reader(virtual_sam: VirtualSamModule) -> AsyncIterator[SamReader]:
    """Open the driver, with a card on the module."""
    made = SamReader(virtual_sam.port, poll_s=0.05, deadline_s=2)
    virtual_sam.insert(ResidentCard(ZHANG))
    await until(made, CardPresent)
    yield made
    await made.aclose()


@pytest.mark.fault("card garbled")
@pytest.mark.parametrize(
    "mangle",
    [
        pytest.param(lambda answer: b"\x00\xff\xaa\xaa" * 9 + answer, id="noise before"),
        pytest.param(lambda answer: b"\xaa\xaa\xaa\x96\x69\xff\xff" + answer, id="mad length before"),
        pytest.param(lambda answer: b"\xaa\xaa\xaa\x96\x69\x00\x04\x00\x00\x9f\x9b" + answer, id="late answer"),
        pytest.param(lambda answer: answer + answer[:600], id="more behind it"),
    ],
)
async def test_noise_is_survived(
    virtual_sam: VirtualSamModule, reader: SamReader, mangle: Callable[[bytes], bytes]
) -> None:
    """A whole answer is found in noise, and what is left of the noise does not reach the next command."""
    virtual_sam.fail_next(Mangled(mangle))
    assert is_about(await reader.read(), ZHANG)
    assert is_about(await reader.read(), ZHANG)


@pytest.mark.fault("card cut", code="card.garbled")
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Cut(700), id="cut"),
        pytest.param(Cut(5), id="cut after its head"),
        pytest.param(Mangled(lambda answer: answer[:-1] + bytes((answer[-1] ^ 1,))), id="checksum"),
        pytest.param(Mangled(lambda answer: answer[:400] + b"\x00" + answer[401:]), id="one byte"),
        pytest.param(Mangled(lambda answer: answer[:100] + answer[110:]), id="bytes lost"),
    ],
)
async def test_a_damaged_answer_is_refused_and_the_next_is_good(
    virtual_sam: VirtualSamModule, reader: SamReader, fault: Cut | Mangled
) -> None:
    """A damaged frame is never taken for an identity; the card stays and can be read again."""
    status = reader.status
    virtual_sam.fail_next(fault)
    with pytest.raises(CardGarbled):
        await reader.read()
    assert reader.status == status
    assert is_about(await reader.read(), ZHANG)


async def test_a_card_that_lay_there_before(virtual_sam: VirtualSamModule, reader: SamReader) -> None:
    """After a restart of the program, a card that its predecessor had selected is seen, though not found again."""
    await reader.aclose()
    successor = SamReader(virtual_sam.port, poll_s=0.05)
    try:
        await until(successor, CardPresent)
        assert is_about(await successor.read(), ZHANG)
        virtual_sam.remove()
        await until(successor, NoCard)
        virtual_sam.insert(ResidentCard(LIU))
        await until(successor, CardPresent)
        assert is_about(await successor.read(), LIU)
    finally:
        await successor.aclose()


async def test_the_other_kinds_of_card(virtual_sam: VirtualSamModule, reader: SamReader) -> None:
    """Foreign permanent residents and residents of Hong Kong, Macau and Taiwan are read like everybody else."""
    people = [(ForeignResidentCard(person), person) for person in FOREIGNERS]
    for card, person in [*people, (ResidencePermit(CHAN), CHAN)]:
        virtual_sam.remove()
        await until(reader, NoCard)
        virtual_sam.insert(card)
        await until(reader, CardPresent)
        identity = await reader.read()
        assert (identity.id_number, identity.birth_date) == (person.id_number, person.birth_date)


async def test_the_new_address(virtual_sam: VirtualSamModule, reader: SamReader) -> None:
    """An address that was added to the card is read as the address; nothing else about the card changes."""
    moved = "辽宁省大连市金州区榆林街3号"
    virtual_sam.insert(ResidentCard(LIU, new_addresses=("辽宁省大连市甘井子区东窗街5号", moved)))
    async with asyncio.timeout(20):
        while True:
            await until(reader, CardPresent)
            try:
                identity = await reader.read()
            except CardRemoved:
                continue
            if identity.id_number == LIU.id_number:
                break
    assert identity.address == moved
    await asyncio.sleep(0.2)  # some looks at a card that answers them with its address
    assert (await reader.read()).address == moved


@pytest.mark.fault("card swapped", code="card.removed")
async def test_swapped_before_the_new_address(virtual_sam: VirtualSamModule, reader: SamReader) -> None:
    """A card swapped between its text and its new address gives no identity: the address would be another's."""
    virtual_sam.fail_next(Lifted(ResidentCard(LIU, new_addresses=("辽宁省大连市金州区榆林街3号",)), when_read=True))
    with pytest.raises(CardRemoved):
        await reader.read()
    await until(reader, CardPresent)
    assert (await reader.read()).id_number == LIU.id_number


@pytest.mark.fault("card reader does not answer", code="card.silent")
async def test_a_silent_module_climbs_the_ladder(
    virtual_sam: VirtualSamModule, caplog: pytest.LogCaptureFixture
) -> None:
    """A module that stays silent has its line opened again, its port cycled, and is out of service; then it is well."""
    caplog.set_level(logging.WARNING)
    opened, cycled = 0, 0

    def open_line(port: str) -> SerialLine:
        nonlocal opened
        opened += 1
        return SerialLine(port)

    def cycle() -> None:
        nonlocal cycled
        cycled += 1

    reader = SamReader(
        virtual_sam.port,
        open_line=open_line,
        poll_s=0.05,
        remedies=Remedies(power_cycle=cycle),
        pace=Pace(patience_s=0.1, calm_s=600),
    )
    try:
        await until(reader, NoCard)
        virtual_sam.fail_next(Silent())
        async with asyncio.timeout(30):
            while reader.status != ReaderFault("out of service: does not answer"):
                await reader.changed(reader.status)
        assert (opened, cycled) == (3, 1)
        with pytest.raises(CardSilent):
            await reader.read()
        virtual_sam.insert(ResidentCard(ZHANG))
        await until(reader, CardPresent)
        assert is_about(await reader.read(), ZHANG)
    finally:
        await reader.aclose()
    told = [record.getMessage().rpartition(": ")[2] for record in caplog.records]
    assert told == ["reconnect", "power_cycle", "out_of_service"]


async def test_a_port_that_is_not_there(tmp_path: Path) -> None:
    """A module that was never plugged in is missing, and does not become a fault."""
    cycled = asyncio.Event()
    loop = asyncio.get_running_loop()
    reader = SamReader(
        str(tmp_path / "ttyS9"),
        remedies=Remedies(power_cycle=lambda: loop.call_soon_threadsafe(cycled.set)),
        pace=Pace(patience_s=0.1),
    )
    try:
        async with asyncio.timeout(30):
            await cycled.wait()
        assert reader.status == ReaderMissing()
    finally:
        await reader.aclose()


@pytest.mark.fault("card cut", code="card.garbled")
@pytest.mark.parametrize("counted", [True, False], ids=["counted", "bare"])
async def test_reports_lost_and_filled(counted: bool) -> None:  # noqa: FBT001
    """By USB HID, noise before an answer is survived and a cut one refused, however a maker marks parts of frames."""
    reports = Reports(counted=counted)
    with VirtualSamModule(reports) as module:
        module.insert(ResidentCard(ZHANG))
        reader = SamReader(module.port, open_line=partial(HidLine, reports=reports), poll_s=0.05, deadline_s=2)
        try:
            await until(reader, CardPresent)
            module.fail_next(Mangled(lambda answer: b"\x00\xff\xaa\xaa" * 9 + answer))
            assert is_about(await reader.read(), ZHANG)
            module.fail_next(Cut(700))
            with pytest.raises(CardGarbled):
                await reader.read()
            assert is_about(await reader.read(), ZHANG)
        finally:
            await reader.aclose()
