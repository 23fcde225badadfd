"""An officer at the centre's console, in a browser without pictures: signs in, and presses the buttons of a case."""

import re
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from demo.centre import OFFICER, CentreServer

_ANSWER_S = 20


class Officer:
    """The officer of the demo, signed in."""

    def __init__(self, centre: CentreServer) -> None:
        self._console = f"{centre.url}/console"
        self._cookies = CookieJar()
        self._browser = build_opener(HTTPCookieProcessor(self._cookies))
        self._open("/login/")
        keys = {"username": OFFICER, "password": centre.officer_password, "next": "/console/"}
        page = self._open("/login/", keys)
        assert 'name="password"' not in page, "the officer cannot sign in"

    def press(self, number: str, step: str, note: str = "") -> None:
        """Find a case in the list by its number, and press one of its buttons."""
        found = re.search(r"cases/case/([^/\"]+)/change/", self._open(f"/cases/case/?q={number}"))
        assert found is not None, f"no case {number} in the list"
        page = self._open(f"/cases/case/{found[1]}/step/", {"step": step, "note": note})
        assert 'class="error"' not in page, f"{step} was refused"

    def _open(self, path: str, form: dict[str, str] | None = None) -> str:
        data = None
        if form is not None:
            token = next(str(cookie.value) for cookie in self._cookies if cookie.name.endswith("csrftoken"))
            data = urlencode({**form, "csrfmiddlewaretoken": token}).encode()
        with self._browser.open(Request(self._console + path, data), timeout=_ANSWER_S) as answer:  # noqa: S310 - loopback
            return str(answer.read().decode())
