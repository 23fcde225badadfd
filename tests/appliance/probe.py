"""Tries, from inside a unit's sandbox, what nobody should be able to; prints what happened as JSON. No test itself."""

import contextlib
import ctypes
import errno
import json
import mmap
import os
import resource
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

FOLDERS = (
    "/usr", "/etc", "/boot", "/home", "/root", "/opt", "/srv", "/var", "/var/lib", "/var/log", "/var/lib/bianmin",
    "/var/lib/bianmin-updates", "/var/lib/bianmin-cups", "/var/lib/bianmin-centre", "/run", "/run/systemd",
    "/sys/kernel", "/mnt", "/media",
)  # fmt: skip
FAMILIES = ("AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_BLUETOOTH", "AF_VSOCK", "AF_ALG")
READ = ("/etc/shadow", "/proc/1/environ", "/proc/kcore", "/proc/kmsg", "/dev/kmsg", "/dev/mem", "/var/lib/bianmin")
_CLONE_NEWUSER, _MAGIC = 0x10000000, 0xFEE1DEAD
# numbers of x86-64, arguments that would do no harm
CALLS: dict[str, tuple[int, ...]] = {
    "unshare": (272, _CLONE_NEWUSER),
    "mount": (165, 0, 0, 0, 0, 0),
    "umount2": (166, 0, 0),
    "chroot": (161, 0),
    "pivot_root": (155, 0, 0),
    "setns": (308, -1, 0),
    "reboot": (169, _MAGIC, 0, 0, 0),
    "swapon": (167, 0, 0),
    "init_module": (175, 0, 0, 0),
    "kexec_load": (246, 0, 0, 0, 0),
    "bpf": (321, 0, 0, 0),
    "perf_event_open": (298, 0, 0, -1, -1, 0),
    "userfaultfd": (323, 0),
    "keyctl": (250, 0, -3, 0, 0, 0),
    "ptrace": (101, 16, 1, 0, 0),
    "clock_settime": (227, 0, 0),
    "sethostname": (170, 0, 0),
    "personality": (135, 0x0040000),
    "iopl": (172, 3),
    "quotactl": (179, 0, 0, 0, 0),
}
_libc = ctypes.CDLL(None, use_errno=True)


def outcome(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error.errno))
    return "done"


def write(folder: str) -> None:
    file = Path(folder, f"probe-{os.getpid()}")
    file.touch()
    with contextlib.suppress(OSError):
        file.unlink()


def open_socket(family: str) -> None:
    kind = socket.SOCK_RAW if family in {"AF_PACKET", "AF_NETLINK"} else socket.SOCK_STREAM
    if family == "AF_ALG":
        kind = socket.SOCK_SEQPACKET
    socket.socket(getattr(socket, family), kind).close()


def read(path: str) -> None:
    if Path(path).is_dir():
        list(Path(path).iterdir())
    else:
        os.close(os.open(path, os.O_RDONLY))


def call(name: str) -> None:
    number, *arguments = CALLS[name]
    if _libc.syscall(number, *(ctypes.c_long(one) for one in arguments)) < 0:
        raise OSError(ctypes.get_errno(), name)


def writable_code() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def set_user_id() -> None:
    file = Path("/tmp/probe")  # noqa: S108 - the unit's own
    file.touch()
    file.chmod(0o4755)


def allowed(names: Iterable[str], attempt: Callable[[str], object]) -> list[str]:
    return sorted(name for name in names if outcome(lambda: attempt(name)) == "done")  # noqa: B023 - called at once


def others() -> list[int]:
    numbers = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return sorted(number for number in numbers if number != os.getpid())


def main() -> None:
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(  # noqa: T201 - what the test reads
        json.dumps(
            {
                "user": os.getuid(),
                "written": allowed(FOLDERS, write),
                "families": allowed(FAMILIES, open_socket),
                "read": allowed(READ, read),
                "calls": {name: outcome(lambda name=name: call(name)) for name in CALLS},
                "root": outcome(lambda: os.setuid(0)),
                "writable_code": outcome(writable_code),
                "set_user_id": outcome(set_user_id),
                "capabilities": {name: status[name].strip() for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")},
                "no_new_privileges": status["NoNewPrivs"].strip(),
                "filters": status["Seccomp"].strip(),
                "core": resource.getrlimit(resource.RLIMIT_CORE),
                "others": others(),
                "temporary": sorted(entry.name for entry in Path("/tmp").iterdir()),  # noqa: S108 - as above
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main()
