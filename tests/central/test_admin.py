"""The staff's console: who sees what, and what a press of a button does."""

import json
import re
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from central.cases.models import ApplicantSeen, Case, CaseStep
from central.cases.reading import answers_in_words
from central.catalogue.models import Published
from central.console import roles
from central.fleet.enrolment import enrol
from central.fleet.models import Quarantine, Terminal, TerminalCommand
from central.organisation.models import Department, Officer
from tests.central.playing import CITIZEN, Desk, open_centre
from wire.catalogue import Form
from wire.clock import ClockQuality
from wire.envelope import EnvelopeKind
from wire.messages import DeviceReport, EnrolmentRequest, Heartbeat, PushRequest
from wire.text import Language

MASKED = f"{CITIZEN.id_number[:6]}********{CITIZEN.id_number[-4:]}"


def staff(*options: str) -> Client:
    """Add an officer by the command that administrators use, and log in."""
    roles.ensure()
    out = StringIO()
    username = f"officer-{User.objects.count()}"
    call_command("new_officer", "--username", username, "--name", "周敏", *options, stdout=out)
    told = json.loads(out.getvalue())
    client = Client()
    assert client.login(username=told["username"], password=told["password"])
    return client


@pytest.fixture
def case(desk: Desk) -> Case:
    sent = desk.terminal.envelope(EnvelopeKind.APPLICATION, desk.terminal.application())
    bad = desk.terminal.envelope(EnvelopeKind.APPLICATION, desk.terminal.application(2, item="nothing"))
    desk.terminal.call("POST", "/push", PushRequest(envelopes=(sent, bad)))
    return Case.objects.get()


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_an_officer_moves_a_case_from_acceptance_to_decision(case: Case) -> None:
    """The buttons lead from accepted to approved; each step keeps the officer, and the applicant's note."""
    client = staff()
    where = f"/console/cases/case/{case.pk}/"
    assert "开始审查" in page(client, where + "change/")
    client.post(where + "step/", {"step": "review", "note": ""})
    shown = page(client, where + "change/")
    assert "准予办理" in shown
    assert "不予办理" in shown
    client.post(where + "step/", {"step": "approve", "note": "请到 12 号窗口领取"})
    case.refresh_from_db()
    assert case.state == "approved"
    steps = CaseStep.objects.filter(case=case)
    assert [(step.state, step.officer_name, step.note) for step in steps] == [
        ("accepted", "", ""),
        ("in_review", "周敏", ""),
        ("approved", "周敏", "请到 12 号窗口领取"),
    ]


@pytest.mark.parametrize(("step", "number"), [("approve", "5301"), ("nonsense", "5301")])
def test_a_step_that_is_not_allowed_is_explained(case: Case, step: str, number: str) -> None:
    """A press that comes too late or from nowhere changes nothing and says why, with the problem's number."""
    client = staff()
    answer = client.post(f"/console/cases/case/{case.pk}/step/", {"step": step}, follow=True)
    assert number in answer.content.decode()
    case.refresh_from_db()
    assert case.state == "accepted"


def test_told_once_in_the_console(case: Case) -> None:
    """A second supplement is refused to an officer, and open to the chief representative with a reason."""
    clerk, chief = staff(), staff("--chief")
    where = f"/console/cases/case/{case.pk}/step/"
    for step in ("review", "supplement", "supplemented"):
        clerk.post(where, {"step": step, "note": "租赁合同"})
    refused = clerk.post(where, {"step": "supplement", "note": "身份证", "reason": "要"}, follow=True)
    assert "5303" in refused.content.decode()
    chief.post(where, {"step": "supplement", "note": "身份证", "reason": "法规变化"})
    case.refresh_from_db()
    assert case.state == "supplement_requested"


def test_id_numbers_are_masked_until_asked_for_on_record(case: Case) -> None:
    """Neither list nor page shows a whole ID number; the button shows it once and leaves a record."""
    client = staff()
    where = f"/console/cases/case/{case.pk}/"
    for path in ("/console/cases/case/?waiting=all", where + "change/"):
        shown = page(client, path)
        assert CITIZEN.id_number not in shown
    assert MASKED in shown
    assert not ApplicantSeen.objects.exists()
    answer = client.post(where + "applicant/")
    assert CITIZEN.id_number in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert ApplicantSeen.objects.get().username.startswith("officer-")


def test_names_are_masked_in_the_list(case: Case) -> None:
    """A list, which stands on a screen in the hall's back office, shows no whole name."""
    shown = page(staff(), "/console/cases/case/")
    assert CITIZEN.name not in shown
    assert "**秋" in shown


def test_officers_see_their_own_department_and_centre_only(case: Case) -> None:
    """Another department's and another centre's cases do not exist for an officer, by list or by address."""
    Department.objects.create(centre=case.centre, code="housing", name_zh="住建局", name_en="Housing")
    other_centre = open_centre("other-centre")
    strangers = [
        staff("--centre", "test-centre", "--department", "housing"),
        staff("--centre", other_centre.code, "--chief"),
    ]
    for client in strangers:
        assert "**秋" not in page(client, "/console/cases/case/?waiting=all")
        assert client.post(f"/console/cases/case/{case.pk}/applicant/").status_code == 404
        assert client.post(f"/console/cases/case/{case.pk}/step/", {"step": "review"}).status_code == 404
        assert client.get(f"/console/cases/case/{case.pk}/change/").status_code == 302
    assert not ApplicantSeen.objects.exists()


def test_strangers_and_plain_accounts_get_nothing(case: Case) -> None:
    """Without a login, or with one that has no role, no page and no button works."""
    user = User.objects.create_user("nobody", password="a long password", is_staff=True)
    plain = Client()
    plain.force_login(user)
    for client, status in ((Client(), 302), (plain, 403)):
        assert client.get(f"/console/cases/case/{case.pk}/change/").status_code == status
        assert client.post(f"/console/cases/case/{case.pk}/step/", {"step": "review"}).status_code == status
    case.refresh_from_db()
    assert case.state == "accepted"


def test_an_account_without_an_officer_moves_nothing(case: Case) -> None:
    """Even a superuser is told to be registered as an officer: a decision needs a name."""
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    answer = root.post(f"/console/cases/case/{case.pk}/step/", {"step": "review"}, follow=True)
    assert "5304" in answer.content.decode()


def test_cases_are_neither_added_edited_nor_deleted(case: Case) -> None:
    """The console offers no way around the buttons."""
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    assert root.get("/console/cases/case/add/").status_code == 403
    assert root.post(f"/console/cases/case/{case.pk}/delete/", {"post": "yes"}).status_code == 403
    root.post(f"/console/cases/case/{case.pk}/change/", {"state": "approved", "number": "1"})
    case.refresh_from_db()
    assert case.state == "accepted"


def test_a_new_terminals_code_is_shown_once_and_works(case: Case) -> None:
    """The page that answers shows the code; no page after it does; the terminal enrols with it."""
    client = staff("--administrator")
    shown = client.post("/console/fleet/terminal/add/", {"name": "二号机", "place": "大厅"}).content.decode()
    code = re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", shown)
    assert code is not None
    terminal = Terminal.objects.get(number=2)
    assert code[0] not in page(client, f"/console/fleet/terminal/{terminal.pk}/change/")
    told = enrol(
        EnrolmentRequest(code=code[0], public_key=bytes(32), version="1"),
        terminal.enrolment_expires_at or pytest.fail("no expiry"),
    )
    assert told.terminal_number == 2


def test_terminals_are_closed_and_revoked_by_buttons(case: Case) -> None:
    """Out of service waits for the heartbeat; revocation is at once and final."""
    client = staff("--administrator")
    where = f"/console/fleet/terminal/{case.terminal.pk}/"
    client.post(where + "service/", {"out": "", "message": "检修"})
    assert TerminalCommand.objects.get().message_zh == "检修"
    assert "检修" in page(client, where + "change/")
    client.post(where + "revoke/")
    case.terminal.refresh_from_db()
    assert case.terminal.revoked_at is not None
    assert client.post(where + "code/").status_code == 404


def test_window_officers_do_not_run_terminals(case: Case) -> None:
    """Terminals are the administrators' business."""
    client = staff()
    assert client.get("/console/fleet/terminal/").status_code == 403
    assert client.post(f"/console/fleet/terminal/{case.terminal.pk}/revoke/").status_code == 403


def test_quarantine_gets_an_owner(case: Case) -> None:
    """What could not be taken in is listed, and somebody can be made answerable for it."""
    client = staff("--administrator")
    kept = Quarantine.objects.get()
    assert "centre.no_such_item" in page(client, "/console/fleet/quarantine/")
    owner = Officer.objects.get()
    form = {"owner": owner.pk, "settled_at_0": "", "settled_at_1": "", "note": "已联系技术人员"}
    client.post(f"/console/fleet/quarantine/{kept.pk}/change/", form)
    kept.refresh_from_db()
    assert kept.owner == owner


def test_every_page_opens(case: Case) -> None:
    """First page, lists and forms render for an administrator, in Chinese."""
    client = staff("--administrator")
    for path in (
        "",
        "cases/case/?waiting=over",
        "cases/case/?waiting=soon",
        "cases/case/?q=food",
        "catalogue/serviceitem/",
        "fleet/terminal/",
        f"fleet/terminal/{case.terminal.pk}/change/",
        "organisation/centre/",
        "organisation/department/",
        "organisation/department/add/",
        "organisation/window/",
        "organisation/officer/",
    ):
        assert "便民" in page(client, f"/console/{path}")


def test_pages_run_nothing_from_elsewhere(desk: Desk) -> None:
    """Every page comes with a policy that lets no foreign or inline script run, and no other page frame it."""
    for path in ("/console/login/", "/v", "/t"):
        policy = Client().get(path).headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy or "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy


def test_departments_saved_here_are_published(case: Case) -> None:
    """A department that an administrator renames reaches the terminals."""
    client = staff("--administrator")
    department = Department.objects.get()
    client.post(f"/console/organisation/department/{department.pk}/change/", {"name_zh": "市监局", "name_en": "Market"})
    assert Published.objects.get(kind="department").content["name"]["zh"] == "市监局"


def test_answers_are_read_in_the_forms_words() -> None:
    """Questions come in the form's order and words, choices in their words, strangers last."""
    form = Form(
        code="f",
        data_schema={},
        ui_schema={
            "type": "VerticalLayout",
            "elements": [
                {"type": "Control", "scope": "#/properties/kind", "i18n": "kind"},
                {"type": "Group", "elements": [{"type": "Control", "scope": "#/properties/agree", "i18n": "agree"}]},
            ],
        },
        texts={Language.ZH: {"kind.label": "类别", "kind.cold": "冷食", "kind.hot": "热食", "agree.label": "同意"}},
    )
    answers = {"other": 3, "agree": True, "kind": ["cold", "hot"], "empty": None}
    assert answers_in_words(form, answers) == [
        ("类别", "冷食、热食"),
        ("同意", "是"),
        ("other", "3"),
        ("empty", ""),
    ]


def test_officers_belong_somewhere(desk: Desk) -> None:
    """The command refuses an unknown department and an account that exists."""
    with pytest.raises(CommandError):
        staff("--department", "nowhere")


def test_a_machine_that_needs_care_shows_in_list_and_page(desk: Desk) -> None:
    """A heartbeat's health lines stand in words, what is not well first; the list marks the terminal."""
    client = staff("--administrator")
    where = "/console/fleet/terminal/"
    desk.terminal.call("POST", "/heartbeat", heartbeat(("disk", "well", "9000 MB free, 30 % used")))
    assert "需维护" not in page(client, where)
    desk.terminal.call(
        "POST",
        "/heartbeat",
        heartbeat(
            ("disk", "well", "9000 MB free, 30 % used"),
            ("storage", "notice", "terminal.storage_worn; mmc0:0001: up to 80 % of its life used"),
            ("of_tomorrow", "alarming", "terminal.of_tomorrow; 7"),
        ),
    )
    assert "需维护" in page(client, where)
    shown = page(client, f"{where}{desk.terminal.enrolment.terminal}/change/")
    assert "1041" in shown
    assert "这台机器的存储芯片快到使用寿命了" in shown
    assert shown.index("mmc0:0001: 寿命最多已用 80 %") < shown.index("剩余 9000 MB, 已用 30 %")


@pytest.mark.fault("crash after crash", code="terminal.keeps_failing")
def test_a_terminal_that_serves_nobody_shows_in_the_list(desk: Desk) -> None:
    """Its application keeps failing, its sync process reports: the list says so with the number, in red."""
    client = staff("--administrator")
    where = "/console/fleet/terminal/"
    fault = ("screen", "fault", "terminal.keeps_failing; ")
    desk.terminal.call("POST", "/heartbeat", heartbeat(("disk", "well", "9000 MB free, 30 % used"), fault))
    assert '<span class="state state-rejected">反复出错，暂停服务（1031）</span>' in page(client, where)
    assert "1031" in page(client, f"{where}{desk.terminal.enrolment.terminal}/change/")
    desk.terminal.call("POST", "/heartbeat", heartbeat(("disk", "well", "9000 MB free, 30 % used")))
    assert "暂停服务（" not in page(client, where)


def heartbeat(*machine: tuple[str, str, str]) -> Heartbeat:
    """Return a heartbeat with health lines (name, grade, detail)."""
    lines = [DeviceReport(name=name, kind="health", state=state, detail=detail) for name, state, detail in machine]
    return Heartbeat(
        version="test",
        at=datetime.now(UTC),
        clock=ClockQuality.SYNCHRONISED,
        queued=0,
        quarantined=0,
        oldest_unsent_at=None,
        devices=tuple(lines),
    )
