"""``bianmin scan``: QR codes of pictures, or the next one before a camera, read as the terminal reads them."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kiosk import logs
from kiosk.commands.outcome import Exit, NothingCame, coded, json_option, print_json

if TYPE_CHECKING:
    from devices.scanner.api import ScannedCode

DEADLINE_S = 30.0
BUDGET_S = 1.0  # a technician waits longer for one picture than a citizen for one of thirty a second


@click.command()
@click.argument("images", nargs=-1, type=click.Path(path_type=Path))
@click.option("--camera", help="Index, device file or http address of an MJPEG stream, instead of pictures.")
@click.option("--deadline", "deadline_s", type=click.FloatRange(0, 3600), default=DEADLINE_S, show_default=True,
              help="Seconds to wait for a code before the camera.")  # fmt: skip
@json_option
@coded
def scan(images: Sequence[Path], camera: str | None, deadline_s: float, *, as_json: bool) -> Exit:
    """Read the QR codes of IMAGES, or the next one that is held before a camera.

    Exits with 3 when a picture has no code that can be read, or none came.
    """
    if bool(images) == (camera is not None):
        raise click.UsageError("give pictures or --camera")
    logs.begin(logging.CRITICAL)  # what goes wrong is told by the command itself
    found = _of_images(images) if camera is None else asyncio.run(_of_camera(camera, deadline_s))
    if as_json:
        print_json(found)
    else:
        for one in found:
            codes = [code["text"] or code["hex"] for code in one["codes"]] or ["no code"]
            click.echo(f"{one['source']}: {', '.join(codes)}")
    return Exit.DONE if all(one["codes"] for one in found) else Exit.NOTHING_CAME


def _of_images(images: Sequence[Path]) -> list[dict[str, Any]]:
    from devices.scanner.api import DecoderFailed  # noqa: PLC0415
    from devices.scanner.decoder_process import DecoderLost, DecoderProcess  # noqa: PLC0415
    from kiosk.commands.pictures import read_picture  # noqa: PLC0415

    pictures = {image: read_picture(image) for image in images}
    decoder = DecoderProcess(deadline_s=10.0)
    try:
        return [
            {"source": str(image), "codes": [_told(code) for code in decoder.decode(picture, BUDGET_S)]}
            for image, picture in pictures.items()
        ]
    except DecoderLost as error:
        raise DecoderFailed(str(error)) from error
    finally:
        decoder.close()


async def _of_camera(camera: str, deadline_s: float) -> list[dict[str, Any]]:
    from devices.camera.opencv import OpenCvCamera  # noqa: PLC0415
    from devices.scanner.camera_scanner import CameraScanner  # noqa: PLC0415

    try:
        opened = OpenCvCamera("camera", int(camera) if camera.isdigit() else camera)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    scanner = CameraScanner(opened)
    try:
        async with asyncio.timeout(deadline_s):
            code = await scanner.next_code()
    except TimeoutError:
        raise NothingCame("scan.none_shown", f"within {deadline_s:.0f} s") from None
    finally:
        await scanner.aclose()
        await opened.aclose()
    return [{"source": camera, "codes": [_told(code)]}]


def _told(code: "ScannedCode") -> dict[str, str | int | None]:
    """Return a code as JSON takes it; ``text`` is None for binary data."""
    from devices.scanner.text import text_of  # noqa: PLC0415

    return {
        "text": text_of(code.payload, code.eci),
        "hex": code.payload.hex(),
        "eci": code.eci,
        "decoder": code.decoder,
    }
