"""The invitation that the console shows: drawn by a real browser, read by the terminal's own decoder, and true."""

import ssl
import subprocess
from pathlib import Path

import cv2  # noqa: TID251 - the test is a camera here
import pytest
from django.test import Client
from pytest_django import Settings

from central.fleet.models import Terminal
from devices.scanner.decoders import decode
from tests.central.playing import Desk
from tests.central.test_admin import staff
from tests.unit.test_sync_line import certificate
from wire.invitation import Invitation, digest_of_authority

NEW = {"name": "二号机", "place": "大厅"}
CSS = Path("central/console/static/console/console.css")


def code_page(client: Client) -> str:
    answer = client.post("/console/fleet/terminal/add/", NEW, secure=True)
    assert "no-store" in answer.headers["Cache-Control"]
    return answer.content.decode()


@pytest.mark.slow
def test_a_browser_shows_it_and_a_scanner_reads_it(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    """What the camera sees on the administrator's screen names the centre, its authority, and the code beside it."""
    _, ca_file = certificate(tmp_path, "own-authority")
    settings.TLS_AUTHORITY = ca_file
    page = code_page(staff("--administrator")).replace(
        "</head>", f"<style>{CSS.read_text(encoding='utf-8')}</style></head>"
    )
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    picture = tmp_path / "page.png"
    browser = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1200,1100")
    subprocess.run(
        [*browser, f"--user-data-dir={tmp_path}", f"--screenshot={picture}", f"file://{tmp_path}/page.html"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    seen = cv2.imread(str(picture))
    assert seen is not None
    (found,) = decode(seen, 5.0)
    invitation = Invitation.parse(found.payload.decode())
    assert invitation.url == "https://testserver"
    assert invitation.authority == digest_of_authority(ssl.PEM_cert_to_DER_cert(ca_file.read_text()))
    assert invitation.code in page
    assert Terminal.objects.filter(number=2, enrolled_at=None).exists()


def test_the_authority_is_served_to_whoever_asks(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    """A certificate is no secret: the terminal that does not know us yet gets the one that the code names."""
    _, ca_file = certificate(tmp_path, "own-authority")
    settings.TLS_AUTHORITY = ca_file
    served = Client().get("/api/terminal/v1/authority").content.decode()
    assert ssl.PEM_cert_to_DER_cert(served) == ssl.PEM_cert_to_DER_cert(ca_file.read_text())
    settings.TLS_AUTHORITY = None
    assert Client().get("/api/terminal/v1/authority").content == b""


def test_where_terminals_come_by_another_address(desk: Desk, settings: Settings) -> None:
    """The address of the setting is the one that is shown; one that no terminal could use shows no code to scan."""
    settings.TERMINALS_URL = "https://terminals.example/"
    assert '<p class="typed">https://terminals.example</p>' in code_page(staff("--administrator"))
    settings.TERMINALS_URL = "http://plain.example"
    page = code_page(staff("--administrator"))
    assert 'class="invitation"' not in page
    assert "BIANMIN_TERMINALS_URL" in page
