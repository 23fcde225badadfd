"""Renders every screen in every variant to PNG and one page: ``python -m screens.gallery OUTDIR [--only NAME]``."""

import argparse
import asyncio
import html
import itertools
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from kiosk.stage import IdleWarning, View
from screens import gallery_views
from screens.environment import WindowSettings, prepare
from wire.text import Language

PORTRAIT = (1080, 1920)
LANDSCAPES = ((1920, 1080), (1280, 1024))
_SAMPLED_WIDE = frozenset({"zh-1", "en-3"})  # a landscape is the same screens in another arrangement


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to look: how it is called in file names, and the properties of the look."""

    language: Language
    text_size: int
    high_contrast: bool
    low_reach: bool

    @property
    def name(self) -> str:
        """Return ``zh-1-contrast-low`` or the like."""
        extra = ("-contrast" if self.high_contrast else "") + ("-low" if self.low_reach else "")
        return f"{self.language.value}-{self.text_size + 1}{extra}"

    def put_on(self, look: Any) -> None:
        """Make a look this variant."""
        look.language, look.text_size = self.language, self.text_size
        look.high_contrast, look.low_reach = self.high_contrast, self.low_reach


def all_variants() -> Iterator[Variant]:
    """Yield every variant."""
    for language, size, contrast, low in itertools.product(Language, range(3), (False, True), (False, True)):
        yield Variant(language, size, contrast, low)


class Session:
    """One offscreen window in which views are shown one after the other, without flows."""

    def __init__(self, app: Any, player: Any, glass: asyncio.Task[Any]) -> None:
        self.app = app
        self.player = player
        self.stage = app.stage
        self._glass = glass

    async def show(self, view: View[Any]) -> asyncio.Task[Any]:
        """Show a view; return the task that has its answer."""
        showing: asyncio.Task[Any] = asyncio.create_task(self.stage.show(view))
        await asyncio.sleep(0)
        if showing.done():
            showing.result()
        await self.settle()
        return showing

    async def settle(self) -> None:
        """Let layout and drawing come to rest. Raises what ended the application, if that happened."""
        self.app.wake()
        frames = asyncio.create_task(self.player.frames(3))
        await asyncio.wait({frames, self._glass}, return_when=asyncio.FIRST_COMPLETED)
        frames.cancel()
        if self._glass.done():
            self._glass.result()


@asynccontextmanager
async def session(window: WindowSettings) -> AsyncIterator[Session]:
    """Open a window, after ``prepare``; give its session, close the window."""
    from screens.app import BianminApp  # noqa: PLC0415 - imports Kivy, which reads its environment then
    from screens.player import Player  # noqa: PLC0415

    app = BianminApp(window.now, strict=True)
    glass = asyncio.create_task(app.async_run(async_lib="asyncio"))
    await asyncio.wait({glass, asyncio.create_task(app.started.wait())}, return_when=asyncio.FIRST_COMPLETED)
    if glass.done():
        glass.result()
    app.stage.offer_voice(on=True)
    player = Player(app.stage)
    opened = Session(app, player, glass)
    try:
        yield opened
    finally:
        if not glass.done():
            app.stage.reset()
            await opened.settle()  # what is scheduled needs the app
            app.stop()
            await glass
        player.close()


async def render(
    out: Path, only: str | None, wanted: frozenset[str], size: tuple[int, int] = PORTRAIT
) -> list[tuple[str, str]]:
    """Write the pictures; return (view's name, variant's name) of each.

    ``only``: views whose name begins so; ``wanted``: names of variants. ``size``: of the window, in px.
    """
    done: list[tuple[str, str]] = []
    suffix = "" if size == PORTRAIT else f"-{size[0]}x{size[1]}"
    looks = {variant.name + suffix: variant for variant in all_variants() if variant.name in wanted}
    with tempfile.TemporaryDirectory() as home:
        window = WindowSettings(
            kivy_home=Path(home), now=lambda: gallery_views.NOW, offscreen=True, width=size[0], height=size[1]
        )
        prepare(window)
        async with session(window) as shown:
            for name, view in gallery_views.views():
                if only is not None and not name.startswith(only):
                    continue
                done += await _all_looks(shown, out, (name, view), looks)
            if only in {None, "help"}:
                done += await _help(shown, out, looks)
            if only in {None, "idle-warning"}:
                done += await _warning(shown, out, gallery_views.WARNING, looks)
    return done


async def _all_looks(
    shown: Session, out: Path, example: tuple[str, View[Any]], looks: dict[str, Variant]
) -> list[tuple[str, str]]:
    name, view = example
    shown.stage.reset()
    showing = await shown.show(view)
    for called, variant in looks.items():
        variant.put_on(shown.app.look)
        await _picture(shown, out / f"{name}_{called}.png")
    await _end(showing)
    return [(name, called) for called in looks]


async def _warning(shown: Session, out: Path, warning: IdleWarning, looks: dict[str, Variant]) -> list[tuple[str, str]]:
    shown.stage.reset()
    for called, variant in looks.items():
        variant.put_on(shown.app.look)
        warned = asyncio.create_task(shown.stage.warn(warning))
        await _picture(shown, out / f"idle-warning_{called}.png")
        await _end(warned)
    return [("idle-warning", called) for called in looks]


async def _help(shown: Session, out: Path, looks: dict[str, Variant]) -> list[tuple[str, str]]:
    shown.stage.reset()
    showing = await shown.show(dict(gallery_views.views())["home"])
    await shown.player.tap("help")
    for called, variant in looks.items():
        variant.put_on(shown.app.look)
        await _picture(shown, out / f"help_{called}.png")
    await _end(showing)
    return [("help", called) for called in looks]


async def _picture(shown: Session, path: Path) -> None:
    await shown.settle()
    shown.player.photograph(path, half=True)


async def _end(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()


def page(pictures: list[tuple[str, str]]) -> str:
    """Return the page with all pictures."""
    parts = [
        "<!doctype html><meta charset=utf-8><title>Bianmin: screens</title>",
        (
            "<style>body{font:16px/1.5 sans-serif;margin:2rem;background:#eef2f7}h2{margin:2rem 0 .5rem}"
            "div{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0}img{height:420px;border:1px solid #b9c7da}"
            "figcaption{font-size:.8rem}</style>"
        ),
        "<h1>Bianmin: every screen, every variant</h1><p>language, text size (1–3), contrast, low reach</p>",
    ]
    for name, group in itertools.groupby(pictures, key=lambda picture: picture[0]):
        parts.append(f"<h2>{html.escape(name)}</h2><div>")
        parts += [
            f'<figure><a href="{name}_{variant}.png"><img loading=lazy src="{name}_{variant}.png" '
            f'alt="{name} {variant}"></a><figcaption>{variant}</figcaption></figure>'
            for _, variant in group
        ]
        parts.append("</div>")
    return "\n".join(parts)


def jobs(variants: list[str]) -> list[tuple[tuple[int, int], frozenset[str]]]:
    """Return what separate processes render: an offscreen window cannot change its size, and there are cores."""
    every = [variant.name for variant in all_variants() if not variants or variant.name in variants]
    languages = [frozenset(name for name in every if name.startswith(language.value)) for language in Language]
    portraits = [(PORTRAIT, names) for names in languages]
    return portraits + [(size, frozenset(every) & _SAMPLED_WIDE) for size in LANDSCAPES]


def _render_job(out: Path, only: str | None, size: tuple[int, int], wanted: frozenset[str]) -> list[tuple[str, str]]:
    return asyncio.run(render(out, only, wanted, size))


def main() -> None:
    """Render what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", help="only views whose name begins so")
    parser.add_argument("--variant", action="append", default=[], help="only these, such as en-3-contrast-low")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        running = [
            pool.submit(_render_job, arguments.out, arguments.only, size, wanted)
            for size, wanted in jobs(arguments.variant)
            if wanted
        ]
        pictures = sorted(picture for job in running for picture in job.result())
    (arguments.out / "index.html").write_text(page(pictures), encoding="utf-8")


if __name__ == "__main__":
    main()
