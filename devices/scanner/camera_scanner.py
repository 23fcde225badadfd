"""A scanner made of a camera and a decoding process: films until a code is read, and survives a lost decoder."""

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import assert_never

from devices.camera.api import Camera, CameraFault, CameraMissing, CameraReady, Frame
from devices.scanner.api import (
    DecoderFailed,
    Hint,
    NoPicture,
    ScannedCode,
    ScannerFault,
    ScannerMissing,
    ScannerReady,
    ScannerStatus,
)
from devices.scanner.decoder_process import DecoderLost, DecoderProcess
from devices.scanner.steady import SteadyHint, step
from devices.status import StatusCell

log = logging.getLogger(__name__)


class CameraScanner:
    """Reads QR codes from a camera that it starts and stops, but does not own.

    A payload is believed when two frames gave it: small symbols correct so many errors that a spoiled frame may
    decode to something else (seen here: ``3028`` for ``2``, once in some 300 scans on a busy machine).

    ``budget_s``: decoding time for one frame. ``patience_s``: without a picture for so long, scanning is given up.
    ``losses``: so many frames in a row that each cost a decoding process mean that decoding is not possible; then
    a process is tried every ``recheck_s`` seconds until one gets ready.
    The decoding process starts with the scanner, so that the first code is read at once.
    """

    def __init__(
        self,
        camera: Camera,
        *,
        decoder: DecoderProcess | None = None,
        budget_s: float = 0.04,
        patience_s: float = 10.0,
        losses: int = 5,
        recheck_s: float = 5.0,
    ) -> None:
        self.name = f"scanner on {camera.name}"
        self._camera = camera
        self._decoder = decoder or DecoderProcess()
        self._budget_s = budget_s
        self._patience_s = patience_s
        self._losses = losses
        self._decoder_works = StatusCell(initial=True)
        self._hint: StatusCell[Hint] = StatusCell(Hint.SEARCHING)
        self._turn = 0
        self._filming = 0
        self._recheck_s = recheck_s
        self._closing = threading.Event()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="scanner")
        self._threads.submit(self._check_decoder)

    @property
    def status(self) -> ScannerStatus:
        """The decoder's state, or else the camera's; never blocks."""
        if not self._decoder_works.value:
            return ScannerFault("decoder")
        match self._camera.status:
            case CameraReady():
                return ScannerReady()
            case CameraMissing():
                return ScannerMissing()
            case CameraFault(reason):
                return ScannerFault(reason)
            case unreachable:
                assert_never(unreachable)

    async def changed(self, since: ScannerStatus) -> ScannerStatus:
        """Return the first status that differs from ``since``."""
        while True:
            camera, decoder = self._camera.status, self._decoder_works.value
            if (status := self.status) != since:
                return status
            either = [
                asyncio.ensure_future(self._camera.changed(camera)),
                asyncio.ensure_future(self._decoder_works.changed(decoder)),
            ]
            try:
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in either:
                    task.cancel()

    @property
    def hint(self) -> Hint:
        """What to tell whoever waits for a code to be read; never blocks."""
        return self._hint.value

    async def hint_changed(self, since: Hint) -> Hint:
        """Return the first hint that differs from ``since``."""
        return await self._hint.changed(since)

    async def next_code(self, but_not: bytes | None = None) -> ScannedCode:
        """Film until a QR code is read, and return it; cancel to stop filming.

        A code that stays in view is returned once per call; ``but_not`` is a payload to pass over.
        Raises :class:`NoPicture` and :class:`DecoderFailed`.
        """
        self._camera.start()
        self._filming += 1
        try:
            return await self._scan(but_not)
        finally:
            self._filming -= 1
            self._hint.set(Hint.SEARCHING)
            self._camera.stop()
            if not self._closing.is_set():
                self._threads.submit(self._decoder.refresh)

    def latest(self) -> Frame | None:
        """Return the newest picture for a preview while filming, else None."""
        return self._camera.latest() if self._filming else None

    async def aclose(self) -> None:
        """End the decoding process. The camera stays its owner's. May be called twice."""
        self._closing.set()
        await asyncio.to_thread(self._threads.shutdown)
        await asyncio.to_thread(self._decoder.close)

    async def _scan(self, but_not: bytes | None) -> ScannedCode:
        loop = asyncio.get_running_loop()
        number, lost = 0, 0
        steady = SteadyHint(Hint.SEARCHING, loop.time())
        read_once: set[bytes] = set()
        while True:
            frame = await self._frame(number)
            if self._closing.is_set():
                raise DecoderFailed("the scanner is closed")
            number = frame.number
            try:
                seen = await loop.run_in_executor(
                    self._threads, self._decoder.see, frame.pixels, self._budget_s, self._turn
                )
            except DecoderLost as error:
                lost += 1
                if lost >= self._losses:
                    self._tell_decoder(works=False)
                    self._threads.submit(self._check_decoder)
                    raise DecoderFailed(f"{lost} decoding processes lost in a row") from error
                continue
            lost = 0
            self._tell_decoder(works=True)
            others = [code for code in seen.codes if code.payload != but_not]
            for code in others:
                if code.payload in read_once:
                    return code
                read_once.add(code.payload)
            hint = Hint.ALREADY_USED if seen.codes and not others else seen.hint
            if hint is not None:
                steady = step(steady, hint, loop.time())
                self._hint.set(steady.shown)
            self._turn += not seen.codes  # what has just read a code reads it again at once

    async def _frame(self, after: int) -> Frame:
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._camera.next_frame(after)
        except TimeoutError as error:
            raise NoPicture(f"{self._camera.name} gave no picture for {self._patience_s:.0f} s") from error

    def _check_decoder(self) -> None:
        """Wait until a decoding process is ready, however many it takes; runs beside the decoding thread."""
        while not self._closing.is_set():
            try:
                self._decoder.wait_ready()
            except DecoderLost:
                self._tell_decoder(works=False)
                self._closing.wait(self._recheck_s)
            else:
                self._tell_decoder(works=True)
                return

    def _tell_decoder(self, *, works: bool) -> None:
        if self._decoder_works.set(works):
            log.log(logging.INFO if works else logging.ERROR, "%s: decoder works: %s", self.name, works)
