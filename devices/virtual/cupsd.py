"""A private cupsd: its own directories, its own unix socket, nobody else's queues; as root or not.

For tests, the demo and the dock. The spool of the appliance itself is configured by ``systemd/``, with the
same switches that keep documents off the disk: ``PreserveJobFiles No``, ``LogLevel`` without job attributes.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

CUPSD = "/usr/sbin/cupsd"

_CUPSD_CONF = """\
Listen {socket}
Browsing Off
WebInterface No
DefaultAuthType None
DefaultShared No
ErrorPolicy abort-job
LogLevel {log_level}
MaxLogSize 0
PageLogFormat
AccessLogLevel none
PreserveJobFiles {keep}
PreserveJobHistory Yes
MaxJobs 200
DirtyCleanInterval 0
JobRetryInterval 1
JobRetryLimit 1
FilterNice 0
<Location />
  Order allow,deny
  Allow all
</Location>
<Location /admin>
  Order allow,deny
  Allow all
</Location>
<Policy default>
  JobPrivateAccess all
  JobPrivateValues none
  SubscriptionPrivateAccess all
  SubscriptionPrivateValues none
  <Limit All>
    Order deny,allow
    Allow all
  </Limit>
</Policy>
"""

_CUPS_FILES_CONF = """\
FileDevice No
ServerRoot {root}/etc
CacheDir {root}/cache
StateDir {root}/run
RequestRoot {root}/spool
TempDir {root}/spool/tmp
AccessLog {root}/log/access
ErrorLog {root}/log/error
PageLog {root}/log/page
Printcap
Sandboxing Relaxed
"""


class CupsDaemon:
    """One cupsd in ``root`` (a new, short path: a unix socket's name holds 107 octets)."""

    def __init__(self, root: Path, log_level: str = "warn", *, keep_documents: bool = False) -> None:
        self.root = root
        self._keep = "Yes" if keep_documents else "No"
        self.socket = root / "run" / "s"
        self._log_level = log_level
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def spool(self) -> Path:
        """Where documents lie while they are handed on; empty of them afterwards."""
        return self.root / "spool"

    def start(self, timeout_s: float = 10) -> None:
        """Start it and wait until it answers. Raises :class:`OSError` when it does not.

        Documents that a killed cupsd left behind are deleted first, or it would print them now, to nobody.
        """
        self._lay_out()
        for document in self.spool.glob("d*"):
            document.unlink()
        command = [CUPSD, "-f", "-c", str(self.root / "etc/cupsd.conf"), "-s", str(self.root / "etc/cups-files.conf")]
        self._process = subprocess.Popen(  # noqa: S603 - a fixed program on files written above
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        pause = threading.Event()
        for _ in range(int(timeout_s / 0.01)):
            if self._answers():
                return
            if self._process.poll() is not None:
                break
            pause.wait(0.01)
        self.stop()
        raise OSError(f"cupsd does not start: see {self.root / 'log'}")

    def stop(self) -> None:
        """End it; queues and history stay in ``root`` for the next start."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def kill(self) -> None:
        """End it and its backends as a power cut would: no goodbye, nothing written.

        A backend that outlives cupsd would go on sending, or try again for ever; systemd ends it with the unit.
        """
        process, self._process = self._process, None
        if process is not None:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            process.kill()
            for child in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGKILL)
            process.wait()

    def wipe(self) -> None:
        """End it and delete everything it wrote."""
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _lay_out(self) -> None:
        for folder in ("etc/ppd", "cache", "run", "spool/tmp", "log"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        # Started as root, cupsd runs filters and backends as lp, who must be able to come this way.
        self.root.chmod(0o711)
        etc = self.root / "etc"
        settings = _CUPSD_CONF.format(socket=self.socket, log_level=self._log_level, keep=self._keep)
        (etc / "cupsd.conf").write_text(settings)
        (etc / "cups-files.conf").write_text(_CUPS_FILES_CONF.format(root=self.root))

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket)) == 0
