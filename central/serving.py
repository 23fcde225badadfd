"""gunicorn, told in Python: one master, a few workers with threads; the address it found is printed as JSON."""

import json
import sys
from typing import Any

from gunicorn.app.base import BaseApplication


class Server(BaseApplication):
    """The centre behind a socket. ``bind`` is ``host:port`` (port 0: any free one) or ``unix:/path``."""

    def __init__(self, bind: str, workers: int, threads: int) -> None:
        self._settings: dict[str, Any] = {
            "bind": bind,
            "workers": workers,
            "worker_class": "gthread",
            "threads": threads,
            "preload_app": True,
            "timeout": 60,
            "graceful_timeout": 10,
            "keepalive": 75,  # terminals keep one connection
            "max_requests": 20_000,
            "max_requests_jitter": 2_000,
            "limit_request_line": 1024,
            "when_ready": _tell_address,
            "post_worker_init": _warm_up,
            "control_socket_disable": True,
            "proc_name": "bianmin-centre",
        }
        super().__init__()

    def load_config(self) -> None:
        """Hand gunicorn its settings."""
        for name, value in self._settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:  # noqa: ANN401 - a WSGI application
        """Return the application."""
        from central.wsgi import application  # noqa: PLC0415 - not before the settings are chosen

        return application


def _tell_address(server: Any) -> None:  # noqa: ANN401 - gunicorn's Arbiter
    """Print where the server listens, once it does: who started it on port 0 reads it here."""
    sys.stdout.write(json.dumps({"listening": [str(listener) for listener in server.LISTENERS]}) + "\n")
    sys.stdout.flush()


def _warm_up(_worker: Any) -> None:  # noqa: ANN401 - gunicorn's Worker
    """Load fonts and templates of certificates in each worker, after the fork."""
    from central.certificates.specimen import warm_up  # noqa: PLC0415 - as above

    warm_up()
