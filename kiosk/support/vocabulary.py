"""Every word that a support bundle may repeat from a log: what stands in this program's own source."""

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_PACKAGES = ("wire", "devices", "kiosk", "screens")
_LOGGERS = frozenset({"log", "_log"})
_LEVELS = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
_LEAST_CHARACTERS = 4  # of a fixed beginning: less says nothing


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``events``: the fixed beginnings of what is logged, longest first. ``errors``: names of exceptions."""

    events: tuple[str, ...]
    modules: frozenset[str]
    errors: frozenset[str]
    paths: frozenset[str]

    def event(self, text: str) -> str | None:
        """Return the fixed beginning of a line of the log; None for a line that is not this program's."""
        return next((known for known in self.events if text == known or text.startswith(known)), None)


@cache
def vocabulary() -> Vocabulary:
    """Read the program's own source; takes a second, once."""
    events, modules, errors, paths = {"ended by a bug"}, {"sync", "bianmin"}, set(_builtin_errors()), set()
    for package in _PACKAGES:
        for path, source in _sources(files(package), package):
            paths.add(path)
            modules.add(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.ClassDef):
                    errors.add(node.name)
                elif (said := _said(node)) is not None:
                    events.add(said)
    kept = (event for event in events if len(event) >= _LEAST_CHARACTERS)
    return Vocabulary(
        tuple(sorted(kept, key=len, reverse=True)), frozenset(modules), frozenset(errors), frozenset(paths)
    )


def _said(node: ast.AST) -> str | None:
    """Return the fixed beginning of what a call logs; None for any other node."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=logger), attr=level), args=[ast.Constant(value=str(text)), *_]
        ) if logger in _LOGGERS and level in _LEVELS:
            return text.partition("%")[0].strip()
    return None


def _sources(folder: Traversable, name: str) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        path = f"{name}/{entry.name}"
        if entry.is_dir() and not entry.name.startswith(("_", ".")):
            yield from _sources(entry, path)
        elif entry.name.endswith(".py"):
            yield path, entry.read_text(encoding="utf-8")


def _builtin_errors() -> Iterator[str]:
    for name, value in vars(builtins).items():
        if isinstance(value, type) and issubclass(value, BaseException):
            yield name
