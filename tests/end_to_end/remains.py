"""Where a running program may hold what a citizen told it: its files, open and deleted ones too, and its memory."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from devices.virtual.people import Person
from wire.identity import mask_id_number, mask_name

CODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")
_REGION = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (rw)")
_BLOCK = 1 << 20
_UNTOUCHED = bytes(_BLOCK)  # most of what is mapped: compared at once instead of searched
_HELD_IN_MEMORY = re.compile(r"\(deleted\)$|^/memfd:|^/dev/shm/|^/SYSV")

Words = dict[bytes, str]


def words_of(person: Person, *, phone: str, masked: bool) -> Words:
    """Return what to look for, in every coding, and what it is."""
    told = {"name": person.name, "ID number": person.id_number, "address": person.address, "phone": phone}
    if masked:
        told |= {"masked name": mask_name(person.name), "masked ID number": mask_id_number(person.id_number)}
    # Without a zero at an end, digits in both orders of UTF-16 are one and the same word.
    return {
        text.encode(coding).strip(b"\0"): f"{what} in {coding}" for what, text in told.items() for coding in CODINGS
    }


def found_in(content: bytes, words: Words) -> list[str]:
    """Return which of the words are there."""
    return [what for word, what in words.items() if word in content]


def family(pid: int) -> list[int]:
    """Return a process and all that it started and that still run."""
    tasks = _listed(Path(f"/proc/{pid}/task"))
    children = [int(child) for task in tasks for child in _text(task / "children").split()]
    return [pid, *(one for child in children for one in family(child))]


def _listed(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError):  # the process has ended
        return list(folder.iterdir())
    return []


def _text(path: Path) -> str:
    with suppress(FileNotFoundError, ProcessLookupError):
        return path.read_text(encoding="utf-8", errors="replace")
    return ""


def core_limits(pid: int) -> tuple[str, str]:
    """Return how large a core dump of a process may be (soft, hard), as /proc tells it."""
    row = next(
        line for line in _text(Path(f"/proc/{pid}/limits")).splitlines() if line.startswith("Max core file size")
    )
    soft, hard = row.split()[4:6]
    return soft, hard


def held_files(pid: int) -> Iterator[tuple[str, bytes]]:
    """Give what is in every regular file that a process has open or mapped from memory, deleted ones too."""
    for folder, shown in (("fd", None), ("map_files", _HELD_IN_MEMORY)):
        for link in _listed(Path(f"/proc/{pid}/{folder}")):
            with suppress(FileNotFoundError):  # closed in this moment
                target = str(link.readlink())
                if link.is_file() and (shown is None or shown.search(target)):
                    yield f"{target} in {folder} of {pid}", link.read_bytes()


def in_memory(pid: int, words: Words) -> list[str]:
    """Return which of the words are in the memory that a process may write to; nothing where it has ended."""
    overlap = max(map(len, words))
    found: set[str] = set()
    with suppress(FileNotFoundError), Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for region in map(_REGION.match, _text(Path(f"/proc/{pid}/maps")).splitlines()):
            begin, end = (int(region[1], 16), int(region[2], 16)) if region else (0, 0)
            for start in range(begin, end, _BLOCK):
                with suppress(OSError):  # given back to the system meanwhile
                    memory.seek(start)
                    content = memory.read(min(_BLOCK + overlap, end - start))
                    if not _UNTOUCHED.startswith(content[:_BLOCK]):
                        found.update(found_in(content, words))
    return sorted(found)
