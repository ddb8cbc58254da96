"""Every row of the table of clocks from a real case, as its page shows it (domain 4.1)."""

import copy
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import hospital_reports, reference
from followup.core import clock
from followup.core.permissions import Role
from followup.domain.references import LoadChange
from pv.actions import authorisations, cases, clocks, icsr, receptions
from pv.domain.e2b.checks import Profile
from pv.domain.e2b.message import MATRIX_REACTION, Message
from pv.management.commands.load_reference import CHECKS
from pv.models import Case
from pv.queries import compliance, expectedness, rules
from tests import factories
from tests.pages import unbroken
from tests.pv.actions.test_clock_replay import CODED, Story
from tests.pv.actions.test_receptions import report
from tests.refusals import refused

pytestmark = pytest.mark.django_db
TODAY = clock.today()
AWARE = TODAY - timedelta(days=3)
Change = Callable[[Message], None]
LINE = re.compile(
    r'<strong>([^<]+)</strong> <span class="nowrap">(\d{4}-\d\d-\d\d)(.*?)<details>', re.S
)


def of(**values: str) -> Change:
    """Values of the message, and of its reaction where they begin with E."""

    def change(message: Message) -> None:
        for name, value in values.items():
            element = name.replace("_", ".")
            node = message.root.each("E.i")[0] if name.startswith("E") else message.root
            node.values[element] = value

    return change


def said(result: str = "", expected: str = "") -> Change:
    """An opinion of the reporter on the causality, and whether the case is expected."""

    def change(message: Message) -> None:
        reaction, drug = message.root.each("E.i")[0], message.root.each("G.k")[0]
        link = drug.add("G.k.9.i")
        link.values[MATRIX_REACTION] = reaction.id or ""
        if expected:
            link.values["G.k.9.i.CN.1"] = expected
        if result:
            link.add("G.k.9.i.2.r").values["G.k.9.i.2.r.3"] = result

    return change


def article(message: Message) -> None:
    message.root.add("C.4.r").values["C.4.r.1"] = "Moss A. J Moss 2026;1:1"


MILD = of(E_i_3_2c="false", **{f"E_i_3_2{letter}": "false" for letter in "abdef"})
FATAL = of(E_i_3_2a="true", E_i_7="5")
ABROAD = of(E_i_9="DE")
STUDY, PROGRAMME = of(C_1_3="2", C_5_4="3"), of(C_1_3="2", C_5_4="2")
TRIAL = of(C_1_3="2", C_5_4="1")
SUSAR = said("Possible", "1")
ROWS: dict[str, tuple[tuple[Change, ...], dict[str, int]]] = {
    "serious": ((), {"CN-S": 15}),
    "not serious": ((MILD,), {"CN-N": 30}),
    "death": ((FATAL,), {"CN-D": 0, "CN-D:investigation": 15}),
    "serious abroad": ((ABROAD,), {"CN-XS": 15}),
    "death abroad": ((ABROAD, FATAL), {"CN-XS": 15}),
    "not serious abroad": ((ABROAD, MILD), {}),
    "from an authority": ((of(C_3_1="2"),), {"CN-S": 15}),
    "of a patient programme": ((PROGRAMME, MILD), {"CN-N": 30}),
    "literature": ((article,), {"CN-LIT": 15}),
    "literature, not serious": ((article, MILD), {"CN-LIT": 30}),
    "study, nobody judged": ((STUDY,), {"CN-STUDY": 15}),
    "study, not serious": ((STUDY, MILD, said("Possible")), {"CN-STUDY": 30}),
    "study, unrelated": ((STUDY, said("Unlikely")), {}),
    "trial": ((TRIAL, SUSAR), {"CN-SU15": 15}),
    "trial, fatal": ((TRIAL, SUSAR, FATAL), {"CN-SU7": 7, "CN-SU7:complete": 15}),
    "trial, expected": ((TRIAL, said("Possible", "0")), {}),
    "trial, nobody assessed": ((TRIAL, FATAL), {"CN-SU7": 7, "CN-SU7:complete": 15}),
}
EUROPE: dict[str, tuple[tuple[Change, ...], dict[str, int]]] = {
    "serious": ((), {"CN-S": 15, "EU-S": 15}),
    "serious in Europe": ((ABROAD,), {"CN-XS": 15, "EU-S": 15}),
    "not serious in Europe": ((ABROAD, MILD), {"EU-N": 90}),
    "not serious": ((MILD,), {"CN-N": 30}),
    "study, nobody judged": ((STUDY,), {"CN-STUDY": 15, "EU-S": 15}),
    "study, unrelated": ((STUDY, said("Unlikely")), {}),
    "programme in Europe, unrelated": ((PROGRAMME, ABROAD, MILD, said("Unlikely")), {}),
}


@pytest.fixture
def client() -> Client:
    signed_in = Client()
    signed_in.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    return signed_in


def code(words: str) -> str:
    """The code of a rule whose words the page shows."""
    (found,) = re.findall(r"\(([\w-]+)\)$", words)
    duties = {
        "Investigation report": f"{found}:investigation",
        "Complete follow-up report": f"{found}:complete",
    }
    return next((duty for said, duty in duties.items() if said in words), found)


def shown(client: Client, case: Case) -> set[tuple[str, int]]:
    """The open clocks of the page of a case, in days from the day of awareness."""
    text = unbroken(client.get(reverse("case", args=[case.id])).content.decode())
    return {
        (code(words), (date.fromisoformat(due) - AWARE).days)
        for words, due, rest in LINE.findall(text)
        if not re.search(r"\b(stopped|met)\b", rest)
    }


def check(client: Client, rows: dict[str, tuple[tuple[Change, ...], dict[str, int]]]) -> None:
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    seen = {}
    for number, (name, (changes, _expected)) in enumerate(rows.items()):
        message = report(name=f"CN-PARTNER-{number}")
        for change in changes:
            change(message)
        taken = receptions.import_icsr(officer, message, file_name="partner.xml")
        case = receptions.accept(
            officer,
            taken.received,
            aware_on=AWARE,
            lock_version=taken.case.lock_version,
            product=factories.product(),
        )
        seen[name] = shown(client, case)
    assert seen == {name: set(expected.items()) for name, (_changes, expected) in rows.items()}


def test_a_received_case_runs_on_the_clocks_of_its_row(client) -> None:
    check(client, ROWS)


def test_an_authorisation_adds_the_clocks_of_its_market(client) -> None:
    values = {"market": "EU", "setting": "POST_MARKET", "number": "EU/1", "source": "letter"}
    values |= {"authorised_on": TODAY - timedelta(days=400), "ended_on": None}
    keeper = factories.make_actor(Role.SAFETY_OFFICER)
    row = authorisations.enter(keeper, factories.product(), values=values)
    authorisations.confirm(factories.make_actor(Role.REGULATORY), row)
    check(client, EUROPE)


def test_what_becomes_known_moves_the_clocks_of_the_page(client) -> None:
    story = Story()  # aware of 30 days ago, not serious

    def days() -> set[tuple[str, int]]:
        """In days from today, as each step of the story has its own day."""
        return {(rule, n - (TODAY - AWARE).days) for rule, n in shown(client, story.case)}

    assert days() == {("CN-N", 0)}
    story.aware(35)
    assert days() == {("CN-N", -5)}
    story.aware(28)
    assert days() == {("CN-N", 2)}
    story.serious(10)  # the hospital
    assert days() == {("CN-N", 2), ("CN-S", 5)}
    story.send(8)
    assert days() == set()
    story.follow_up(6)
    assert days() == {("CN-FU", 9)}
    story.fatal(2)
    assert days() == {("CN-FU", 9), ("CN-FU", -2), ("CN-D:investigation", 13)}
    story.nullify()
    assert days() == set()


def test_the_hospitals_own_duty_is_beside_its_event_and_in_the_plan(client) -> None:
    story = Story()  # not serious, aware of 30 days ago
    page = reverse("case-plan", args=[story.case.id])

    def days() -> list[tuple[int, int]]:
        """Known so many days ago, due so many days later."""
        found = re.findall(
            r"Reaction found by a hospital \(CN-H\), known ([\d-]+), due ([\d-]+)",
            unbroken(client.get(page).text),
        )
        pairs = [(date.fromisoformat(zero), date.fromisoformat(due)) for zero, due in found]
        return [((TODAY - zero).days, (due - zero).days) for zero, due in pairs]

    assert days() == [(30, 15)], "the shorter limit while nobody says whether it is new"
    assert "while this is not answered: Unexpected" in client.get(page).text
    story.answer("G.k[1].9.i[1].CN.1", "0")
    assert days() == [(30, 30)], "not new"
    assert "while this is not answered" not in client.get(page).text
    story.serious(10)
    assert days() == [(30, 30), (10, 15)]
    assert (
        "own report to the ADR system" in client.get(reverse("event", args=[story.event.id])).text
    )
    told = client.get(reverse("api-case-hospital-duties", args=[story.case.id])).json()
    assert [duty["rule"] for duty in told] == ["CN-H", "CN-H"]

    def met() -> list[str | None]:
        duties = client.get(reverse("api-case-hospital-duties", args=[story.case.id])).json()
        return [duty["met_on"] for duty in sorted(duties, key=lambda each: each["day_zero"])]

    def reported(days: int) -> str:
        day = TODAY - timedelta(days=days)
        hospital_reports.note(factories.SYSTEM, story.event, reported_on=day, number=f"R{days}")
        return day.isoformat()

    event = reverse("event", args=[story.event.id])
    nurse = Client()  # whose duty it is, and who reads nothing of the case
    nurse.force_login(factories.make_user(Role.NURSE, site=story.event.site, language="en"))
    told = nurse.get(event).text
    assert "own report to the ADR system: due" in told
    assert reverse("hospital-report", args=[story.event.id]) in told.split("</section>")[0]
    first = reported(20)
    assert met() == [first, None], "what the hospital learned later is still owed"
    assert "own report to the ADR system: due" in client.get(event).text
    second = reported(3)
    assert met() == [first, second]
    for reader in (client, nurse):
        assert "own report to the ADR system: made" in reader.get(event).text
    assert "The hospital noted its report of" in client.get(page).text


def test_the_holders_own_upgrade_starts_the_serious_clock_on_the_page(client) -> None:
    story = Story()
    story.judge(4)
    assert ("CN-S", (TODAY - AWARE).days - 4 + 15) in shown(client, story.case)


def of_partner(*changes: Change, name: str) -> Case:
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    message = report(name=name)
    for change in changes:
        change(message)
    taken = receptions.import_icsr(officer, message, file_name="partner.xml")
    return receptions.accept(
        officer,
        taken.received,
        aware_on=AWARE,
        lock_version=taken.case.lock_version,
        product=factories.product(),
    )


def test_an_action_abroad_runs_for_hours_on_the_page_until_it_is_told(client) -> None:
    case = of_partner(ABROAD, name="CN-PARTNER-XA")
    learned_at = clock.now().astimezone(clock.SHANGHAI) - timedelta(hours=30)
    page = reverse("case-overseas", args=[case.id])
    given = {"country": "DE", "kind": "suspended", "text": "PEI notice", "on": f"{learned_at:%F}"}
    given["lock_version"] = Case.objects.get(id=case.id).lock_version
    assert client.post(page, given).status_code == 422, "the hour is asked for"
    assert "are told within 24 hours, counted" in client.get(page).text
    noted = client.post(page, {**given, "at": f"{learned_at:%H:%M}"}, follow=True)
    assert "the authority is told within 24 hours of learning of it." in noted.text
    row = case.clocks.get(rule="CN-XA:report", stopped_at__isnull=True)
    assert row.due_at == learned_at.replace(second=0, microsecond=0) + timedelta(hours=24)
    text = client.get(reverse("case", args=[case.id])).content.decode()
    assert f"{row.due_at.astimezone(clock.SHANGHAI):%F %H:%M}" in text
    duty = "safety reasons: Report to NMPA and the ADR centre (CN-XA)"
    for address in ("case", "case-plan", "case-clock"):
        more = [row.id] if address == "case-clock" else []
        seen = client.get(reverse(address, args=[case.id, *more])).text
        assert duty in seen, address
        assert "CN-XA:report" not in seen, address
    assert "6 hours overdue" in text or "5 hours overdue" in text
    period = compliance.Period(TODAY - timedelta(days=9), TODAY + timedelta(days=9))
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    late = compliance.of(officer, period, today=TODAY).late
    assert [one.rule for one in late] == ["CN-XA:report"], "late although its day is not over"
    done = reverse("case-clock", args=[case.id, row.id])
    in_time = row.due_at.astimezone(clock.SHANGHAI) - timedelta(minutes=1)
    assert client.post(done, {"on": f"{in_time:%F}"}).status_code == 422
    sent = {"on": f"{in_time:%F}", "at": f"{in_time:%H:%M}"}
    assert client.post(done, sent).status_code == 302
    assert compliance.of(officer, period, today=TODAY).late == []
    # Entered by mistake: it stops, and says why.
    source = case.sources.get(kind="overseas_action")
    back = reverse("case-overseas-retract", args=[case.id, source.id])
    lock = Case.objects.get(id=case.id).lock_version
    assert client.post(back, {"reason": "other product", "lock_version": lock}).status_code == 302
    assert case.clocks.get(rule="CN-XA:report").stop_reason == "other product"


def test_a_duty_in_hours_was_not_done_before_it_was_learned_of() -> None:
    case = of_partner(ABROAD, name="CN-PARTNER-XB")
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    day = clock.today() - timedelta(days=1)
    learned_at = datetime.combine(day, time(10), tzinfo=clock.SHANGHAI)
    cases.note_overseas_action(
        officer,
        case,
        country="DE",
        kind="suspended",
        learned_at=learned_at,
        text="PEI notice",
        lock_version=Case.objects.get(id=case.id).lock_version,
    )
    row = case.clocks.get(rule="CN-XA:report", stopped_at__isnull=True)
    early = learned_at - timedelta(minutes=1)
    assert refused(clocks.complete, officer, case, clock_id=row.id, on=day, at=early) == {"at"}
    assert clocks.complete(officer, case, clock_id=row.id, on=day, at=learned_at).met_on == day


def test_new_information_on_a_susar_runs_on_its_own_clock(client) -> None:
    administrator = factories.make_actor(Role.ADMINISTRATOR)
    known = copy.deepcopy(rules.data("receivers"))
    known["version"] += ".cde"
    known["receivers"]["cde"] |= {"environment": "production", "message": "nmpacde"}
    (step,) = reference.load(administrator, documents={"receivers": known}, checks=CHECKS)
    assert step.change in (LoadChange.ADDED, LoadChange.CHANGED)
    case = of_partner(TRIAL, SUSAR, name="CN-PARTNER-SUFU")
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    case = cases.edit(officer, case, changes=CODED, lock_version=case.lock_version)
    file = factories.release(officer, case, profile=Profile.CDE)
    icsr.mark_sent(officer, file, on=TODAY - timedelta(days=2), proof="receipt")
    assert shown(client, case) == set(), "the first report met its clock"
    case = Case.objects.get(id=case.id)
    case = cases.new_version(
        officer,
        case,
        kind="follow_up",
        information_on=TODAY - timedelta(days=1),
        lock_version=case.lock_version,
    )
    assert shown(client, case) == {("CN-SUFU", (TODAY - AWARE).days - 1 + 15)}
    file = factories.release(officer, case, profile=Profile.CDE)
    icsr.mark_sent(officer, file, on=TODAY, proof="")
    assert shown(client, case) == set(), "its own report met it"


def test_an_ind_abroad_runs_on_seven_or_fifteen_days(client) -> None:
    values = {"market": "US", "setting": "TRIAL", "number": "IND 1", "source": "letter"}
    values |= {"authorised_on": TODAY - timedelta(days=400), "ended_on": None}
    keeper = factories.make_actor(Role.SAFETY_OFFICER)
    row = authorisations.enter(keeper, factories.product(), values=values)
    authorisations.confirm(factories.make_actor(Role.REGULATORY), row)
    for name, changes, days in (("IND-15", (), 15), ("IND-7", (FATAL,), 7)):
        case = of_partner(TRIAL, SUSAR, *changes, name=name)
        version = case.versions.get(number=1)
        assert ("US-IND", days) in shown(client, case), "until somebody calls it expected"
        (pair,) = {line.pair.key for line in expectedness.lines(keeper, case, version)}
        for unexpected in (False, True):
            cases.decide_expectedness(
                keeper,
                case,
                pair=pair,
                receiver="fda_ind",
                unexpected=unexpected,
                reason="the brochure",
                lock_version=Case.objects.get(id=case.id).lock_version,
            )
            assert (("US-IND", days) in shown(client, case)) is unexpected


def test_what_a_follow_up_makes_unexpected_counts_from_its_own_day(client) -> None:
    case = of_partner(TRIAL, said("Possible", "0"), name="CN-PARTNER-LATER")
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    case = cases.edit(officer, case, changes=CODED, lock_version=case.lock_version)
    file = factories.release(officer, case, profile=Profile.CDE)
    assert file.version.number == 1
    case = Case.objects.get(id=case.id)
    case = cases.new_version(
        officer,
        case,
        kind="follow_up",
        information_on=TODAY - timedelta(days=1),
        lock_version=case.lock_version,
    )
    assert shown(client, case) == set()
    changes = {"G.k[1].9.i[1].CN.1": "1"}
    case = cases.edit(officer, case, changes=changes, lock_version=case.lock_version)
    assert shown(client, case) == {("CN-SU15", (TODAY - AWARE).days - 1 + 15)}
