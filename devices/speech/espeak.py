"""A voice made of Debian's espeak-ng and a player, each a process for one text; the text goes in by a pipe.

Nothing that is said is on a disk, in a log, or on a command line, which every process on the machine could read.
"""

import asyncio
import io
import logging
import subprocess
import threading
import wave
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from devices.speech.api import Speaking, SpeechFault, SpeechMissing, SpeechReady, SpeechStatus
from devices.speech.pronunciation import script
from devices.status import StatusCell
from wire.text import Language

log = logging.getLogger(__name__)

VOICES = {Language.ZH: "cmn-latn-pinyin", Language.EN: "en"}
WORDS_A_MINUTE = 150  # slower than the synthesiser's 175: the hall is loud, and many who listen are old


@dataclass(frozen=True, slots=True)
class Player:
    """Commands of what makes sound. ``play`` plays WAV from standard input; ``probe`` ends with 0 while that works."""

    play: tuple[str, ...] = ("aplay", "--quiet", "-")
    probe: tuple[str, ...] = ("aplay", "--list-devices")


class _Failed(Exception):
    """A process did not do its work. The text names the process, never what was to be said."""


class EspeakSpeech:
    """One voice. ``prompts``: recordings as ``zh/<prompt>.wav``, used instead of the synthesiser where they exist.

    Whether there is anything to be heard through is asked at the start, every ``recheck_s`` seconds, and after each
    failure. ``patience_s``: for the synthesiser, which takes some 30 ms, and how much longer than the sound a player
    may take.
    """

    def __init__(
        self,
        *,
        player: Player | None = None,
        synthesiser: Sequence[str] = ("espeak-ng",),
        prompts: Path | None = None,
        recheck_s: float = 30.0,
        patience_s: float = 5.0,
    ) -> None:
        self.name = "speech"
        self._player = player or Player()
        self._synthesiser = tuple(synthesiser)
        self._prompts = prompts
        self._recheck_s = recheck_s
        self._patience_s = patience_s
        self._status: StatusCell[SpeechStatus] = StatusCell(SpeechMissing("not asked yet"))
        self._saying: asyncio.Task[None] | None = None
        self._lock = threading.Lock()
        self._able: SpeechStatus = self._status.value
        self._look = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._watch, name="speech")
        self._thread.start()

    @property
    def status(self) -> SpeechStatus:
        """Last known state; never blocks."""
        return self._status.value

    async def changed(self, since: SpeechStatus) -> SpeechStatus:
        """Return the first status that differs from ``since``."""
        return await self._status.changed(since)

    async def say(self, text: str, language: Language, *, prompt: str | None = None) -> None:
        """Say a text; return when it was said, was cut off, or cannot be said."""
        await self.stop()
        if self._closed or isinstance(self.status, SpeechMissing):
            return
        saying = self._saying = asyncio.create_task(self._say(text, language, prompt))
        try:
            await asyncio.wait((saying,))
            if not saying.cancelled():
                saying.result()  # a bug of ours, if anything
        finally:
            await _cancelled(saying)
            if self._saying is saying:
                self._saying = None

    async def stop(self) -> None:
        """Cut off what is being said."""
        saying, self._saying = self._saying, None
        if saying is not None:
            await _cancelled(saying)

    async def aclose(self) -> None:
        """Fall silent for good. May be called twice."""
        self._closed = True
        self._look.set()
        await self.stop()
        await asyncio.to_thread(self._thread.join)

    async def _say(self, text: str, language: Language, prompt: str | None) -> None:
        self._tell(speaking=True)
        able: SpeechStatus = self._able
        try:
            sound = await self._recording(language, prompt) or await self._synthesised(text, language)
            await _run(self._player.play, sound, _length_s(sound) + self._patience_s)
            able = SpeechReady()
        except _Failed as failure:
            able = SpeechFault(str(failure))
            self._look.set()
        finally:
            self._tell(speaking=False, able=able)

    async def _recording(self, language: Language, prompt: str | None) -> bytes | None:
        if prompt is None or self._prompts is None:
            return None
        path = self._prompts / language.value / f"{prompt}.wav"
        with suppress(OSError):
            return await asyncio.to_thread(path.read_bytes)
        return None

    async def _synthesised(self, text: str, language: Language) -> bytes:
        said = await asyncio.to_thread(script, text, language)
        command = (*self._synthesiser, "-v", VOICES[language], "-s", str(WORDS_A_MINUTE), "--stdin", "--stdout")
        return await asyncio.to_thread(_with_true_length, await _run(command, said.encode(), self._patience_s))

    def _watch(self) -> None:
        """Find out whether anything can be heard, now and then."""
        while not self._closed:
            missing = self._missing()
            with self._lock:
                failed = isinstance(self._able, SpeechFault)
            if missing is not None:
                self._tell(able=SpeechMissing(missing))
            elif not failed:
                self._tell(able=SpeechReady())
            self._look.wait(self._recheck_s)
            self._look.clear()

    def _missing(self) -> str | None:
        for command in ((*self._synthesiser, "--version"), self._player.probe):
            try:
                subprocess.run(  # noqa: S603 - the configured programs
                    command, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, timeout=self._patience_s, check=True
                )
            except (OSError, subprocess.SubprocessError) as error:
                return f"{Path(command[0]).name}: {type(error).__name__}"
        return None

    def _tell(self, *, speaking: bool | None = None, able: SpeechStatus | None = None) -> None:
        with self._lock:
            if speaking is None:
                speaking = isinstance(self._status.value, Speaking)
            before, self._able = self._able, able or self._able
            self._status.set(Speaking() if speaking else self._able)
        if type(self._able) is not type(before):
            well = isinstance(self._able, SpeechReady)
            log.log(logging.INFO if well else logging.WARNING, "%s: %s", self.name, self._able)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _run(command: tuple[str, ...], given: bytes, limit_s: float) -> bytes:
    """Run a program to its end on ``given``; return what it printed. Cancelled or late, it is killed."""
    name = Path(command[0]).name
    try:
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
    except OSError as error:
        raise _Failed(f"{name}: {error.strerror}") from error
    try:
        async with asyncio.timeout(limit_s):
            printed, _ = await process.communicate(given)
    except TimeoutError as error:
        raise _Failed(f"{name} does not end") from error
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode:
        raise _Failed(f"{name} ended with {process.returncode}")
    return printed


def _with_true_length(streamed: bytes) -> bytes:
    """Return a WAV file that says how long it is: a synthesiser that writes to a pipe does not know yet."""
    sound = io.BytesIO()
    try:
        with wave.open(io.BytesIO(streamed)) as told, wave.open(sound, "wb") as written:
            written.setparams(told.getparams())
            written.writeframes(told.readframes(told.getnframes()))
    except (wave.Error, EOFError) as error:
        raise _Failed("the synthesiser gave no sound") from error
    return sound.getvalue()


def _length_s(sound: bytes) -> float:
    try:
        with wave.open(io.BytesIO(sound)) as told:
            return float(told.getnframes() / told.getframerate())
    except (wave.Error, EOFError) as error:
        raise _Failed("a recording is no WAV file") from error
