"""What only a serial line can do to a card reader: noise, cuts, checksums, late answers."""

from collections.abc import AsyncIterator, Callable

import pytest

from devices.card_reader.api import CardGarbled, CardPresent, NoCard
from devices.card_reader.sam import SamReader
from devices.virtual.card_resident import ResidentCard
from devices.virtual.people import LIU, ZHANG
from devices.virtual.sam_module import Cut, Mangled, VirtualSamModule
from tests.contract.test_card_reader import is_about, until


@pytest.fixture
async def reader(virtual_sam: VirtualSamModule) -> AsyncIterator[SamReader]:
    """Open the driver, with a card on the module."""
    made = SamReader(virtual_sam.port, poll_s=0.05, deadline_s=2)
    virtual_sam.insert(ResidentCard(ZHANG))
    await until(made, CardPresent)
    yield made
    await made.aclose()


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
