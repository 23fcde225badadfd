"""What may not be in a release image: a list of patterns over the paths of its tree."""

import re
from collections.abc import Iterable

_SITE = r"usr/lib/bianmin/lib/python3\.\d+/site-packages"
_NEVER = {
    "remote login": r"usr/s?bin/(sshd|dropbear|telnetd|in\.telnetd|rlogind|vncserver|x0vncserver|Xvnc)",
    "its service": r"(usr/lib|etc)/systemd/system/(.*/)?(ssh|sshd|ssh@|sshd@)\.(service|socket)",
    "a shell without a login": r"usr/lib/systemd/system/debug-shell\.service",  # in /etc it is masked
    "ssh through a socket of the host": r"usr/lib/systemd/system-generators/systemd-ssh-generator",
    "the demo": rf"{_SITE}/demo(/.*)?",
    "virtual hardware": rf"{_SITE}/devices/virtual(/.*)?",
    "the live screen": rf"{_SITE}/screens/(live|player)\.py",
    "tests": rf"{_SITE}/tests(/.*)?",
    "the centre": rf"{_SITE}/(central|sample_centre)(/.*)?",
    "a virtual card reader": r"usr/lib/.*/libifdvpcd\.so.*",
    "an emulated printer": r"usr/s?bin/ippeveprinter",
    "a terminal program": r"usr/bin/(xterm|x-terminal-emulator|weston-terminal|konsole|gnome-terminal)",
    "a browser": r"usr/bin/(chromium|firefox|firefox-esr)",
    "a compiler": r"usr/bin/(gcc|g\+\+|cc|make)(-\d+)?",
    "a debugger": r"usr/bin/(gdb|strace|ltrace)",
    "a key of a host": r"etc/ssh/ssh_host_.*",
    "a private key": r"(etc|usr|root|home)/.*(mkosi\.key|release\.key|gpg\.key)|etc/ssl/private/.+",
    "a login on a console": r"etc/systemd/system/[^/]+\.wants/(getty|serial-getty|console-getty|autovt)@?.*",
}
_NOT_SHELLS = ("/usr/sbin/nologin", "/bin/false", "/usr/bin/false", "/bin/sync")
_LOCKED = re.compile(r"[!*]")


def unwanted(paths: Iterable[str]) -> list[str]:
    """Return what is wrong with a tree's paths (without the leading slash): ``what: path``."""
    patterns = {what: re.compile(pattern) for what, pattern in _NEVER.items()}
    return [f"{what}: {path}" for path in paths for what, pattern in patterns.items() if pattern.fullmatch(path)]


def accounts_that_can_log_in(passwd: str, shadow: str) -> list[str]:
    """Return the accounts with a password, or with an empty one (passwd(5), shadow(5)); a shell alone opens nothing."""
    locked = {
        name
        for name, password in (line.split(":")[:2] for line in shadow.splitlines() if line)
        if _LOCKED.match(password)
    }
    return [
        line.split(":")[0]
        for line in passwd.splitlines()
        if line and line.split(":")[0] not in locked and line.split(":")[1] != "*"
    ]


def accounts_with_a_shell(passwd: str) -> list[str]:
    """Return the accounts that would get a shell."""
    return [line.split(":")[0] for line in passwd.splitlines() if line and line.split(":")[6] not in _NOT_SHELLS]
