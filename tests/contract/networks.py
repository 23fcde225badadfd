"""A real NetworkManager in a network namespace of its own, with a D-Bus of its own and a cable to a DHCP server."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_NEEDED = ("NetworkManager", "nmcli", "dnsmasq", "dbus-daemon", "unshare", "ip")
_START_S = 20.0

_BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={root}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>
"""
_MANAGER = """\
[main]
plugins=keyfile
dhcp=internal
dns=none
rc-manager=unmanaged
systemd-resolved=false
auth-polkit=false
[keyfile]
path={root}/connections
unmanaged-devices=interface-name:far0
[connectivity]
enabled=false
"""
# /sys read-only tells NetworkManager that there is no udev to wait for; /run is its own
_SCRIPT = """\
set -e
mount --make-rprivate /
mount -t tmpfs none /run
mount -t sysfs -o ro none /sys
ip link set lo up
ip link add near0 type veth peer name far0
ip address add 192.0.2.1/24 dev far0
ip link set far0 up
dbus-daemon --config-file={root}/bus.conf --nofork --nopidfile &
while [ ! -S {root}/bus ]; do sleep 0.05; done
export DBUS_SYSTEM_BUS_ADDRESS=unix:path={root}/bus
{dhcp}
exec NetworkManager --config={root}/manager.conf --config-dir={root}/more --state-file={root}/state \\
 --pid-file={root}/pid --no-daemon
"""
_DHCP = """\
dnsmasq --keep-in-foreground --conf-file=/dev/null --interface=far0 --bind-interfaces --port=0 \
 --dhcp-range=192.0.2.50,192.0.2.60,5m --dhcp-option=3,192.0.2.1 --dhcp-option=6,192.0.2.1 \
 --dhcp-leasefile={root}/leases --pid-file={root}/dnsmasq &
"""


@contextmanager
def network_manager(*, dhcp: bool = True) -> Iterator[dict[str, str]]:
    """Give the environment in which nmcli finds it. Its cable is ``near0``. Skips where it cannot run."""
    missing = [program for program in _NEEDED if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin") is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    root = Path(tempfile.mkdtemp(prefix="nm-"))
    (root / "connections").mkdir(mode=0o700)
    (root / "more").mkdir()
    (root / "bus.conf").write_text(_BUS.format(root=root))
    (root / "manager.conf").write_text(_MANAGER.format(root=root))
    (root / "manager.conf").chmod(0o600)
    script = _SCRIPT.format(root=root, dhcp=_DHCP.format(root=root) if dhcp else "")
    with (root / "log").open("wb") as log:
        # no process namespace: NetworkManager looks up who asks by its process id
        process = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c", script],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"},
        )
    environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={root}/bus"}
    try:
        _wait_for(process, environment, root / "log")
        yield environment
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # a session of its own: the bus and the DHCP server, too
        process.wait()
        shutil.rmtree(root, ignore_errors=True)


def _wait_for(process: subprocess.Popen[bytes], environment: dict[str, str], log: Path) -> None:
    end = time.monotonic() + _START_S
    while subprocess.run(["nmcli", "general"], env=environment, capture_output=True, check=False).returncode:
        if process.poll() is not None:
            pytest.skip(f"no network namespace here: {log.read_text(errors='replace')[-200:]}")
        assert time.monotonic() < end, log.read_text(errors="replace")[-2000:]
