"""Releases at the centre: what is taken in, who is offered what, ranges of files, and the console's pages."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from central.fleet.enrolment import create_terminal
from central.fleet.models import Terminal
from central.organisation.models import Centre
from central.updates.models import Release, Rollout, TerminalSoftware
from central.updates.offering import place_of
from central.updates.ranges import Beyond, Part, Whole, asked
from central.updates.storing import folder_of
from tests.central.playing import BASE, Answer, Desk, PlayTerminal
from tests.central.test_admin import page, staff
from tests.releases import OTHER_KEY, RELEASE_KEY, release, trust
from wire.clock import ClockQuality
from wire.messages import Heartbeat
from wire.release import MANIFEST, SUMS, UpdateOffer, UpdatePhase, UpdateReport, names_of
from wire.tokens import Call

VERSION = "2026.2"
ROOT = names_of(VERSION)[1]


@pytest.fixture(autouse=True)
def places(tmp_path: Path, settings: LazySettings) -> None:
    settings.RELEASES = tmp_path / "releases"
    settings.RELEASE_KEYS = trust(tmp_path / "keys")


def add(folder: Path) -> str:
    out = StringIO()
    call_command("add_release", str(folder), stdout=out)
    return out.getvalue()


def roll_out(version: str, *options: str) -> dict[str, object]:
    out = StringIO()
    call_command("roll_out", version, *options, stdout=out)
    return dict(json.loads(out.getvalue()))


@pytest.fixture
def added(desk: Desk, tmp_path: Path) -> Path:
    """Take in a release, and roll it out to every terminal."""
    release(tmp_path / "made", VERSION)
    add(tmp_path / "made")
    roll_out(VERSION, "--percentage", "100")
    return tmp_path / "made"


def offered(terminal: PlayTerminal) -> str | None:
    """Return the version that a terminal is offered."""
    answer = terminal.call("GET", "/update")
    signed = UpdateOffer.model_validate_json(answer.content).release
    return None if signed is None else str(json.loads(signed.content)["version"])


def get(terminal: PlayTerminal, name: str, version: str = VERSION, **headers: str) -> Answer:
    """Get a file as a terminal does; the answer is read piece by piece."""
    path = f"{BASE}/releases/{version}/{name}"
    sent = {"Bianmin-Protocol": "1-1", "Authorization": "Bearer " + terminal.token(Call("GET", path, b""))}
    response = Client(headers={**sent, **headers}).get(path)
    content = response.getvalue() if response.streaming else response.content
    return Answer(response.status_code, dict(response.headers), content)


def code_of(answer: Answer) -> str:
    return str(json.loads(answer.content)["code"])


def test_a_release_is_taken_in_once_and_whole(added: Path) -> None:
    """Every file lies under the version, as the manifest names it; the same again changes nothing."""
    kept = Release.objects.get()
    assert sorted(path.name for path in folder_of(VERSION).iterdir()) == sorted(names_of(VERSION))
    assert (folder_of(VERSION) / ROOT).read_bytes() == (added / ROOT).read_bytes()
    assert json.loads(add(added)) == {"version": VERSION, "size": kept.size}
    assert Release.objects.count() == 1


@pytest.mark.fault("update with a wrong signature", code="update.forged")
@pytest.mark.parametrize(
    ("spoil", "number"),
    [
        ("other key", "1101 update.forged"),
        ("manifest changed", "1101 update.forged"),
        ("no manifest", "1104 update.not_ours"),
        ("file changed", "1105 update.damaged"),
        ("file cut", "1105 update.damaged"),
        ("file longer", "1105 update.damaged"),
        ("file missing", "1104 update.not_ours"),
        ("expired", "1102 update.expired"),
        ("key not trusted here", "1101 update.forged"),
    ],
)
def test_what_is_not_as_it_should_be_is_refused_whole(
    desk: Desk, tmp_path: Path, settings: LazySettings, spoil: str, number: str
) -> None:
    """A release that terminals would refuse is refused at the upload, with the reason; nothing of it stays."""
    made = tmp_path / "made"
    release(made, VERSION, key=OTHER_KEY if spoil == "other key" else RELEASE_KEY)
    root = (made / ROOT).read_bytes()
    match spoil:
        case "manifest changed":
            (made / MANIFEST).write_bytes((made / MANIFEST).read_bytes().replace(b'"size":50000', b'"size":50001'))
        case "no manifest":
            (made / MANIFEST).unlink()
        case "file changed":
            (made / ROOT).write_bytes(root[:-1] + b"x")
        case "file cut":
            (made / ROOT).write_bytes(root[:-1])
        case "file longer":
            (made / ROOT).write_bytes(root + b"x")
        case "file missing":
            (made / ROOT).unlink()
        case "expired":
            release(made, VERSION, made_at=timezone.now() - timedelta(days=40))
        case "key not trusted here":
            settings.RELEASE_KEYS = tmp_path / "none"
    with pytest.raises(CommandError, match=number):
        add(made)
    assert not Release.objects.exists()
    assert not [path for path in settings.RELEASES.glob("**/*") if path.is_file()]


def test_a_version_is_given_once(added: Path, tmp_path: Path) -> None:
    """Another release under a version that is there is refused: terminals may run the first."""
    release(tmp_path / "again", VERSION, size=60_000)
    with pytest.raises(CommandError, match="update\\.version_taken"):
        add(tmp_path / "again")
    assert (folder_of(VERSION) / ROOT).stat().st_size == 50_000


def test_a_share_of_the_terminals_only_grows(desk: Desk, added: Path) -> None:
    """Places are spread evenly and never change: who is in at 10 % is in at 50 %, too."""
    places = [place_of(f"dalian-{number:04}") for number in range(2_000)]
    for percentage in (10, 50, 90):
        share = sum(place < percentage for place in places) / len(places)
        assert abs(share - percentage / 100) < 0.05
    terminal = desk.terminal.enrolment.terminal
    place = int(place_of(terminal))
    for percentage, wanted in ((0, None), (place, None), (place + 1, VERSION), (100, VERSION)):
        roll_out(VERSION, "--percentage", str(percentage))
        assert offered(desk.terminal) == wanted, percentage


def test_pause_resume_and_chosen_terminals(desk: Desk, added: Path) -> None:
    """A paused roll-out offers and hands out nothing; a chosen terminal gets its release whatever the share."""
    assert offered(desk.terminal) == VERSION
    assert get(desk.terminal, SUMS).status == 200
    assert roll_out(VERSION, "--pause")["paused"] is True
    assert offered(desk.terminal) is None
    refused = get(desk.terminal, SUMS)
    assert (refused.status, code_of(refused)) == (404, "update.not_offered")
    roll_out(VERSION, "--resume", "--percentage", "0")
    assert offered(desk.terminal) is None
    other = desk.another_terminal()
    assert roll_out(VERSION, "--terminal", other.enrolment.terminal)["terminals"] == 1
    assert (offered(desk.terminal), offered(other)) == (None, VERSION)


def test_the_newest_is_offered(desk: Desk, added: Path, tmp_path: Path) -> None:
    """Of several roll-outs the highest version counts, by numbers; one that expired does not; centres are apart."""
    for version in ("2026.10", "2026.9"):
        release(tmp_path / version, version)
        add(tmp_path / version)
        roll_out(version, "--percentage", "100")
    assert offered(desk.terminal) == "2026.10"
    Release.objects.filter(pk="2026.10").update(expires_at=timezone.now())
    assert offered(desk.terminal) == "2026.9"
    other = Centre.objects.create(code="other", name_zh="别处", name_en="Elsewhere")
    Rollout.objects.update(centre=other)
    assert offered(desk.terminal) is None


@pytest.mark.parametrize(
    ("value", "if_range", "wanted"),
    [
        ("", None, Whole()),
        ("bytes=0-", None, Part(0, 99)),
        ("bytes=10-19", None, Part(10, 19)),
        ("bytes=10-1000", None, Part(10, 99)),
        ("bytes=99-", None, Part(99, 99)),
        ("bytes=-10", None, Part(90, 99)),
        ("bytes=-1000", None, Part(0, 99)),
        ("bytes=-0", None, Beyond()),
        ("bytes=100-", None, Beyond()),
        ("bytes=100-200", None, Beyond()),
        ("bytes=20-10", None, Whole()),
        ("bytes=0-1,5-6", None, Whole()),
        ("bytes=", None, Whole()),
        ("bytes=a-b", None, Whole()),
        ("lines=1-2", None, Whole()),
        ("bytes=" + "9" * 40 + "-", None, Whole()),
        ("bytes=10-", '"mine"', Part(10, 99)),
        ("bytes=10-", '"other"', Whole()),
        ("bytes=10-", 'W/"mine"', Whole()),
        ("bytes=10-", "Tue, 24 Nov 2026 21:00:00 GMT", Whole()),
    ],
)
def test_ranges(value: str, if_range: str | None, wanted: object) -> None:
    """RFC 9110: what is no single range is ignored, If-Range compares strongly, beyond the end is 416."""
    headers = {"Range": value} if value else {}
    assert asked(headers if if_range is None else {**headers, "If-Range": if_range}, 100, '"mine"') == wanted


def test_an_empty_file_has_no_range() -> None:
    """Nothing can be asked of nothing."""
    assert asked({"Range": "bytes=0-"}, 0, '"x"') == asked({"Range": "bytes=-5"}, 0, '"x"') == Beyond()


def test_files_come_whole_and_from_anywhere(desk: Desk, added: Path) -> None:
    """200, 206 and 416 with the headers that resuming needs; If-Range with the digest as entity tag."""
    content = (added / ROOT).read_bytes()
    whole = get(desk.terminal, ROOT)
    assert (whole.status, whole.content, whole.headers["Content-Length"]) == (200, content, str(len(content)))
    assert whole.headers["Accept-Ranges"] == "bytes"
    etag = whole.headers["ETag"]
    part = get(desk.terminal, ROOT, Range="bytes=40000-", **{"If-Range": etag})
    assert (part.status, part.content) == (206, content[40_000:])
    assert part.headers["Content-Range"] == f"bytes 40000-{len(content) - 1}/{len(content)}"
    assert part.headers["Content-Length"] == str(len(content) - 40_000)
    other = get(desk.terminal, ROOT, Range="bytes=40000-", **{"If-Range": '"another"'})
    assert (other.status, other.content) == (200, content)
    beyond = get(desk.terminal, ROOT, Range=f"bytes={len(content)}-")
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{len(content)}")


@pytest.mark.parametrize("name", ["manifest.json", "nothing", "..%2F..%2Fcentre.sqlite3", "bianmin_2026.3.efi"])
def test_only_files_of_the_release_are_given(desk: Desk, added: Path, name: str) -> None:
    """A name that the manifest does not name is not looked for on the disk."""
    assert get(desk.terminal, name).status in (401, 404)


def test_strangers_get_nothing(desk: Desk, added: Path) -> None:
    """Without a terminal's token, or with a revoked one's, there is neither an offer nor a file."""
    path = f"{BASE}/releases/{VERSION}/{ROOT}"
    assert Client(headers={"Bianmin-Protocol": "1-1"}).get(path).status_code == 401
    assert Client(headers={"Bianmin-Protocol": "1-1"}).get(f"{BASE}/update").status_code == 401
    Terminal.objects.update(revoked_at=timezone.now())
    assert get(desk.terminal, ROOT).status == 401


def test_the_server_in_front_may_do_the_work(desk: Desk, added: Path, settings: LazySettings) -> None:
    """With a prefix configured, the answer names the file and carries nothing."""
    settings.RELEASES_ACCEL = "/internal"
    answer = get(desk.terminal, ROOT, Range="bytes=5-")
    assert (answer.status, answer.content) == (200, b"")
    assert answer.headers["X-Accel-Redirect"] == f"/internal/{VERSION}/{ROOT}"


def beat(terminal: PlayTerminal, report: UpdateReport | None) -> None:
    """Send a heartbeat."""
    said = Heartbeat(
        version="1",
        at=timezone.now(),
        clock=ClockQuality.SYNCHRONISED,
        queued=0,
        quarantined=0,
        oldest_unsent_at=None,
        devices=(),
        update=report,
    )
    assert terminal.call("POST", "/heartbeat", said).status == 200


def test_the_console_shows_what_each_terminal_runs(desk: Desk, added: Path) -> None:
    """A roll-out's page has every terminal's version and state; a fallback is in red with its number."""
    other, silent = desk.another_terminal(), desk.another_terminal()
    beat(desk.terminal, UpdateReport(running=VERSION, phase=UpdatePhase.UP_TO_DATE))
    beat(silent, None)
    failed = UpdateReport(running="2026.1", phase=UpdatePhase.GIVEN_UP, wanted=VERSION, failure="update.fell_back")
    beat(other, UpdateReport(running="2026.1", phase=UpdatePhase.FETCHING, wanted=VERSION, fetched=30, size=120))
    client = staff("--administrator")
    rollout = Rollout.objects.get()
    where = f"/console/updates/rollout/{rollout.pk}/"
    shown = page(client, where + "change/")
    assert "1 / 3 台" in shown
    for words in ("已是此版本", "下载中 25%", "未报告", "2026.1"):
        assert words in shown
    beat(other, failed)
    shown = page(client, where + "change/")
    assert "已放弃" in shown
    assert "1109" in shown
    assert TerminalSoftware.objects.count() == 2
    of_terminal = page(client, f"/console/fleet/terminal/{other.enrolment.terminal}/change/")
    assert f"2026.1；{VERSION} 已放弃（1109）" in of_terminal
    assert page(client, f"/console/fleet/terminal/{silent.enrolment.terminal}/change/")
    listed = page(client, "/console/updates/release/")
    assert 'class="state state-rejected">1<' in listed
    assert "1 / 3" in page(client, "/console/updates/rollout/")
    client.post(where + "pause/", {"pause": ""})
    assert "已暂停" in page(client, where + "change/")
    assert offered(other) is None
    client.post(where + "pause/", {"resume": ""})
    assert offered(other) == VERSION


def test_a_release_is_uploaded_and_rolled_out_in_the_console(desk: Desk, tmp_path: Path) -> None:
    """An administrator uploads the files, says how many terminals, and the terminal is offered the release."""
    release(tmp_path / "made", VERSION)
    client = staff("--administrator")
    assert "manifest.json" in page(client, "/console/updates/release/add/")

    def upload(*left_out: str) -> str:
        files = [
            SimpleUploadedFile(path.name, path.read_bytes())
            for path in (tmp_path / "made").iterdir()
            if path.name not in left_out
        ]
        return client.post("/console/updates/release/add/", {"parts": files}, follow=True).content.decode()

    shown = upload(ROOT)
    assert "1104" in shown, shown[shown.find("<section") :]
    assert not Release.objects.exists()
    assert f"版本 {VERSION} 已上传" in upload()
    wanted = {"percentage": "100", "terminals": [], "tolerated": "5"}
    client.post("/console/updates/rollout/add/", {**wanted, "release": VERSION})
    assert offered(desk.terminal) == VERSION
    changed = {**wanted, "percentage": "0"}
    client.post(f"/console/updates/rollout/{Rollout.objects.get().pk}/change/", changed)
    assert offered(desk.terminal) is None


def test_officers_at_windows_see_none_of_it(desk: Desk, added: Path) -> None:
    """Software is the administrators' business; another centre's roll-outs are nobody's here."""
    client = staff()
    for path in ("release/", "release/add/", "rollout/", f"rollout/{Rollout.objects.get().pk}/change/"):
        assert client.get(f"/console/updates/{path}").status_code == 403
    other = Centre.objects.create(code="other", name_zh="别处", name_en="Elsewhere")
    create_terminal(other, "外地一号")
    Rollout.objects.update(centre=other)
    administrator = staff("--administrator", "--centre", desk.centre.code)
    assert "外地" not in page(administrator, "/console/updates/rollout/add/")
    assert "外地" not in page(administrator, "/console/updates/rollout/")
    assert administrator.get(f"/console/updates/rollout/{Rollout.objects.get().pk}/change/").status_code == 302
    pressed = administrator.post(f"/console/updates/rollout/{Rollout.objects.get().pk}/pause/", {"pause": ""})
    assert pressed.status_code == 404
