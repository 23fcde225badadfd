"""The voice through Debian's real espeak-ng, heard by a virtual loudspeaker in the player's place."""

import asyncio
import io
import logging
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from devices.speech.api import Mute, Speaking, Speech, SpeechFault, SpeechMissing, SpeechReady, SpeechStatus
from devices.speech.espeak import EspeakSpeech, Player
from devices.virtual.loudspeaker import Sound, VirtualLoudspeaker
from wire.text import Language

HANG_S = 20.0
CARD = {Language.ZH: "请取走您的卡。", Language.EN: "Please take your card."}
SECRET = "210203199001011234"
LONG = "本中心为您提供各类证明的自助打印服务，请按照屏幕上的提示办理。" * 6


@pytest.fixture
def loudspeaker() -> Iterator[VirtualLoudspeaker]:
    with VirtualLoudspeaker() as loudspeaker:
        yield loudspeaker


@pytest.fixture
async def voice(loudspeaker: VirtualLoudspeaker, tmp_path: Path) -> AsyncIterator[EspeakSpeech]:
    """Return a voice that is ready, whose recordings lie in ``tmp_path``."""
    voice = EspeakSpeech(player=Player(loudspeaker.play, loudspeaker.probe), prompts=tmp_path, recheck_s=0.1)
    await until(voice, SpeechReady)
    yield voice
    await voice.aclose()


async def until(voice: Speech, kind: type[SpeechStatus]) -> SpeechStatus:
    async with asyncio.timeout(HANG_S):
        status = voice.status
        while not isinstance(status, kind):
            status = await voice.changed(status)
        return status


def loudness(sound: Sound) -> float:
    """Return the root mean square of the samples; 32768 is the loudest there is."""
    samples = np.frombuffer(sound.frames, "<i2").astype(float)
    return float(np.sqrt((samples**2).mean()))


@pytest.mark.parametrize("language", Language)
async def test_a_text_is_heard(voice: EspeakSpeech, loudspeaker: VirtualLoudspeaker, language: Language) -> None:
    """It sounds, as long as a few words take, and say returns when it is over."""
    async with asyncio.timeout(HANG_S):
        await voice.say(CARD[language], language)
    (sound,) = loudspeaker.heard
    assert sound.whole
    assert 0.8 < sound.length_s < 5
    assert loudness(sound) > 500
    assert voice.status == SpeechReady()


async def test_a_longer_text_takes_longer(voice: EspeakSpeech, loudspeaker: VirtualLoudspeaker) -> None:
    """Eighteen digits are spelt one by one: some hundred milliseconds each."""
    await voice.say("号码 12", Language.ZH)
    await voice.say(f"号码 {SECRET}", Language.ZH)
    short, long = loudspeaker.heard
    assert long.length_s > short.length_s + 3


async def test_another_text_cuts_off_the_first(voice: EspeakSpeech, loudspeaker: VirtualLoudspeaker) -> None:
    """Two voices at once are understood by nobody: the first ends in mid-word, its say returns."""
    loudspeaker.pace = 1
    first = asyncio.create_task(voice.say(LONG, Language.ZH))
    await asyncio.to_thread(loudspeaker.wait_until_playing, HANG_S)
    assert voice.status == Speaking()
    loudspeaker.pace = 0
    async with asyncio.timeout(HANG_S):
        await voice.say(CARD[Language.EN], Language.EN)
        await first
    cut, said = await asyncio.to_thread(loudspeaker.wait_for_sounds, 2, HANG_S)
    assert (cut.whole, said.whole) == (False, True)
    assert cut.length_s > 20


@pytest.mark.parametrize("how", ["stop", "cancel"])
async def test_it_falls_silent_when_told(voice: EspeakSpeech, loudspeaker: VirtualLoudspeaker, how: str) -> None:
    """The citizen leaves, or touches the button again: the player is ended at once, and can speak again."""
    loudspeaker.stick()
    saying = asyncio.create_task(voice.say(LONG, Language.ZH))
    await asyncio.to_thread(loudspeaker.wait_until_playing, HANG_S)
    async with asyncio.timeout(HANG_S):
        if how == "stop":
            await voice.stop()
            await saying
        else:
            saying.cancel()
            await asyncio.gather(saying, return_exceptions=True)
            assert saying.cancelled()
    (cut,) = await asyncio.to_thread(loudspeaker.wait_for_sounds, 1, HANG_S)
    assert not cut.whole
    assert voice.status == SpeechReady()


async def test_a_recording_is_preferred(voice: EspeakSpeech, loudspeaker: VirtualLoudspeaker, tmp_path: Path) -> None:
    """Where somebody has recorded a prompt, that is played; in the other language the synthesiser speaks."""
    tone = (np.sin(np.arange(8000) / 3) * 9000).astype("<i2").tobytes()
    recorded = io.BytesIO()
    with wave.open(recorded, "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(tone)
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh" / "take_card.wav").write_bytes(recorded.getvalue())
    for language in Language:
        await voice.say(CARD[language], language, prompt="take_card")
    assert [sound.frames == tone for sound in loudspeaker.heard] == [True, False]


@pytest.mark.fault("no sound device")
async def test_no_sound_device_is_a_status(loudspeaker: VirtualLoudspeaker) -> None:
    """Without one nothing is tried, nothing fails, and it is noticed when one is plugged in."""
    loudspeaker.unplug()
    voice = EspeakSpeech(player=Player(loudspeaker.play, loudspeaker.probe), recheck_s=0.05)
    async with asyncio.timeout(HANG_S):
        while voice.status == SpeechMissing("not asked yet"):
            await voice.changed(voice.status)
        assert isinstance(voice.status, SpeechMissing)
        await voice.say(CARD[Language.ZH], Language.ZH)
        loudspeaker.plug_in()
        await until(voice, SpeechReady)
        await voice.say(CARD[Language.ZH], Language.ZH)
    assert len(loudspeaker.heard) == 1
    await voice.aclose()


@pytest.mark.fault("no sound device")
async def test_unplugged_in_mid_sentence(voice: EspeakSpeech, loudspeaker: VirtualLoudspeaker) -> None:
    """The say ends, the status tells, and after plugging in it speaks again."""
    loudspeaker.pace = 1
    saying = asyncio.create_task(voice.say(LONG, Language.ZH))
    await asyncio.to_thread(loudspeaker.wait_until_playing, HANG_S)
    loudspeaker.unplug()
    async with asyncio.timeout(HANG_S):
        await saying
        await until(voice, SpeechMissing)
        loudspeaker.plug_in()
        await until(voice, SpeechReady)


@pytest.mark.fault("voice fails")
@pytest.mark.parametrize(
    ("synthesiser", "status"),
    [
        (("/no/such/espeak-ng",), SpeechMissing),
        (("sh", "-c", "[ $0 = --version ]"), SpeechFault),
        (("sh", "-c", "[ $0 = --version ] || echo no sound"), SpeechFault),
        (("sh", "-c", "[ $0 = --version ] || kill -9 $$"), SpeechFault),
        (("sh", "-c", "[ $0 = --version ] || exec sleep 60"), SpeechFault),
    ],
    ids=["not installed", "fails", "gives no sound", "crashes", "hangs"],
)
async def test_a_synthesiser_that_fails_is_a_status(
    loudspeaker: VirtualLoudspeaker, synthesiser: tuple[str, ...], status: type[SpeechStatus]
) -> None:
    """Say returns and raises nothing; the status tells."""
    voice = EspeakSpeech(player=Player(loudspeaker.play, loudspeaker.probe), synthesiser=synthesiser, patience_s=1.0)
    async with asyncio.timeout(HANG_S):
        while voice.status == SpeechMissing("not asked yet"):
            await voice.changed(voice.status)
        await voice.say(CARD[Language.ZH], Language.ZH)
        assert isinstance(voice.status, status)
    assert loudspeaker.heard == []
    await voice.aclose()
    await voice.aclose()


def command_lines() -> str:
    """Return the command line of every process."""
    lines = b""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # ended meanwhile
            lines += process.read_bytes()
    return lines.decode(errors="replace")


@pytest.mark.fault("voice fails")
async def test_a_player_that_never_ends_is_ended(loudspeaker: VirtualLoudspeaker) -> None:
    """A sound device that hangs costs a moment, no visit."""
    voice = EspeakSpeech(player=Player(loudspeaker.play, loudspeaker.probe), patience_s=1.0)
    await until(voice, SpeechReady)
    loudspeaker.stick()
    async with asyncio.timeout(HANG_S):
        await voice.say("1", Language.ZH)
    assert isinstance(voice.status, SpeechFault)
    await voice.aclose()


async def test_nobody_else_can_read_what_is_said(
    voice: EspeakSpeech, loudspeaker: VirtualLoudspeaker, caplog: pytest.LogCaptureFixture
) -> None:
    """While it speaks, the text is on no command line of the machine, in no status, and in no log."""
    caplog.set_level(logging.DEBUG)
    loudspeaker.stick()
    saying = asyncio.create_task(voice.say(f"Number {SECRET} of Zhang", Language.EN))
    await asyncio.to_thread(loudspeaker.wait_until_playing, HANG_S)
    told = await asyncio.to_thread(command_lines) + repr(voice.status) + caplog.text
    await voice.stop()
    await saying
    assert "loudspeaker" in told
    assert "Zhang" not in told
    assert SECRET not in told
    assert "2 1 0 2" not in told


async def test_a_closed_voice_is_silent(voice: EspeakSpeech, loudspeaker: VirtualLoudspeaker) -> None:
    """Closing cuts off, and nothing is said afterwards."""
    loudspeaker.stick()
    saying = asyncio.create_task(voice.say(LONG, Language.ZH))
    await asyncio.to_thread(loudspeaker.wait_until_playing, HANG_S)
    async with asyncio.timeout(HANG_S):
        await voice.aclose()
        await saying
        await voice.say(CARD[Language.ZH], Language.ZH)
    await asyncio.to_thread(loudspeaker.wait_for_sounds, 1, HANG_S)
    assert len(loudspeaker.heard) == 1


async def test_a_terminal_without_a_voice() -> None:
    """It is missing, says nothing, and does no harm."""
    voice = Mute()
    await voice.say(CARD[Language.ZH], Language.ZH)
    await voice.stop()
    await voice.aclose()
    assert isinstance(voice.status, SpeechMissing)
    assert await voice.changed(SpeechReady()) == voice.status
