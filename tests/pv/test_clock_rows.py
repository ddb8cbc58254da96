"""Every row of the table of clocks from a real case, as its page shows it (domain 4.1)."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from followup.core import clock
from followup.core.permissions import Role
from pv.actions import authorisations, receptions
from pv.domain.e2b.message import MATRIX_REACTION, Message
from pv.models import Case
from tests import factories
from tests.pv.actions.test_clock_replay import Story
from tests.pv.actions.test_receptions import report

pytestmark = pytest.mark.django_db
TODAY = clock.today()
AWARE = TODAY - timedelta(days=3)
Change = Callable[[Message], None]
LINE = re.compile(r'<strong class="mono">([\w:-]+)</strong> (\d{4}-\d\d-\d\d)(.*?)<details>', re.S)


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
}
EUROPE: dict[str, tuple[tuple[Change, ...], dict[str, int]]] = {
    "serious": ((), {"CN-S": 15, "EU-S": 15}),
    "serious in Europe": ((ABROAD,), {"CN-XS": 15, "EU-S": 15}),
    "not serious in Europe": ((ABROAD, MILD), {"EU-N": 90}),
    "not serious": ((MILD,), {"CN-N": 30}),
}


@pytest.fixture
def client() -> Client:
    signed_in = Client()
    signed_in.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    return signed_in


def shown(client: Client, case: Case) -> set[tuple[str, int]]:
    """The open clocks of the page of a case, in days from the day of awareness."""
    text = client.get(reverse("case", args=[case.id])).content.decode()
    return {
        (rule, (date.fromisoformat(due) - AWARE).days)
        for rule, due, rest in LINE.findall(text)
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


def test_the_holders_own_upgrade_starts_the_serious_clock_on_the_page(client) -> None:
    story = Story()
    story.judge(4)
    assert ("CN-S", (TODAY - AWARE).days - 4 + 15) in shown(client, story.case)
