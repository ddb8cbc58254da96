"""Parent-child reports: on whom there is a report, and what the child's takes from the parent's.

Source: ICH E2B(R3) implementation guide, D.10 and C.1.10.r.
"""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from followup.domain.dates import PartialDate
from pv.domain.cases import receptions
from pv.domain.cases.icsr_builder import CRITERIA
from pv.domain.cases.parent_child import (
    ChildReport,
    Exposure,
    ReportOn,
    compose_child,
    of_correction,
    reports,
)
from pv.domain.clocks import Setting
from pv.domain.e2b.elements import ELEMENTS
from pv.domain.e2b.elements import Profile as Region
from pv.domain.e2b.message import Batch, Message, Node, Null
from pv.domain.e2b.read import read_batch
from pv.domain.e2b.write import write_batch

NULLS = [Null(flavor) for flavor in ("MSK", "UNK", "ASKU", "NASK", "NI")]


@given(child=st.booleans(), parent=st.booleans(), demise=st.booleans())
def test_there_is_always_a_report_and_two_only_when_both_have_a_reaction(child, parent, demise):
    whose = reports(child_reaction=child, parent_reaction=parent, demise=demise)
    assert whose
    assert (ReportOn.CHILD in whose) is (child and not demise)
    assert (len(whose) == 2) is (child and parent and not demise)


def parent(sex="2", **values) -> Node:
    root = Node("")
    root.values |= {"C.1.1": "CN-A-1", "C.1.8.1": "CN-A-1", "C.1.3": "1", "C.1.11.1": "2"}
    root.values |= {"C.3.1": "1", "C.3.2": "Holder", "D.1": Null("MSK"), "D.5": sex}
    root.values |= {"D.2.1": "19900301", "D.2.2a": "36", "D.2.2b": "a", "D.3": "61", "D.4": "165"}
    root.values |= values
    root.add("C.2.r").values |= {"C.2.r.3": "CN", "C.2.r.5": "1"}
    root.add("D.7.1.r").values |= {"D.7.1.r.1b": "10012601", "D.7.1.r.6": "true"}
    root.add("D.8.r").values |= {"D.8.r.1": Null("UNK"), "D.8.r.4": "2019"}
    root.add("E.i", "e").values |= {"E.i.1.1a": "妊娠", "E.i.9": "CN"}
    drug = root.add("G.k", "d")
    drug.values |= {"G.k.1": "1", "G.k.2.2": "CAR-T"}
    drug.add("G.k.4.r").values |= {"G.k.4.r.10.1": "静脉输注", "G.k.4.r.7": "L1"}
    drug.add("G.k.9.i").values["G.k.9.i.1"] = "e"
    return root


def child(**values) -> ChildReport:
    start = {
        "exposure": Exposure.PREGNANCY,
        "foetus": False,
        "verbatim": "室间隔缺损",
        "language": "chi",
        "outcome": "3",
        "criteria": frozenset({"CONGENITAL_ANOMALY"}),
        "sex": "MALE",
        "born": PartialDate.from_iso("2026-05"),
    }
    return ChildReport(**start | values)


def made(mother: Node, report: ChildReport) -> Node:
    return compose_child(
        mother,
        report,
        worldwide_id="CN-A-2",
        aware_on=date(2026, 6, 2),
        at=datetime(2026, 6, 3, tzinfo=UTC),
    )


def test_the_parent_is_described_in_d_10_and_the_child_is_the_patient():
    before = parent()
    root = made(before, child())
    assert {code: value for code, value in root.values.items() if code.startswith("D.10.")} == {
        "D.10.1": Null("MSK"),
        "D.10.2.1": "19900301",
        "D.10.4": "61",
        "D.10.5": "165",
        "D.10.6": "2",
    }
    assert (root.text("D.2.1"), root.text("D.5"), root.text("D.3")) == ("202605", "1", None)
    assert root.text("C.1.11.1") is None
    assert root.each("D.10.7.1.r")[0].values == {"D.10.7.1.r.1b": "10012601"}
    assert root.each("D.10.8.r")[0].values == {"D.10.8.r.4": "2019"}
    [dose] = root.each("G.k")[0].each("G.k.4.r")
    assert dose.values == {
        "G.k.4.r.10.1": "经胎盘",
        "G.k.4.r.11.1": "静脉输注",
        "G.k.4.r.7": "L1",
    }
    [link] = root.each("G.k")[0].each("G.k.9.i")
    assert link.text("G.k.9.i.1") == root.each("E.i")[0].id
    assert root.each("E.i")[0].text("E.i.3.2e") == "true"
    assert before.each("G.k")[0].each("G.k.4.r")[0].text("G.k.4.r.10.1") == "静脉输注"


def test_the_child_is_told_of_from_the_same_study_and_article_and_first_sent_by_us():
    before = parent(**{"C.1.3": "2", "C.5.2": "Trial", "C.5.4": "1", "C.1.8.2": "1"})
    before.values |= {"C.1.6.1": "true", "FDA.C.5.5a": "123456"}
    before.add("C.1.6.1.r").values["C.1.6.1.r.1"] = "Discharge letter of the mother"
    before.add("C.5.1.r").values["C.5.1.r.1"] = "CTR20260001"
    before.add("C.4.r").values["C.4.r.1"] = "A. Author, 2026"
    root = made(before, child())
    assert receptions.setting(Message(root)) is Setting.TRIAL
    assert (root.text("C.5.2"), root.text("FDA.C.5.5a")) == ("Trial", "123456")
    assert root.each("C.5.1.r")[0].text("C.5.1.r.1") == "CTR20260001"
    assert root.each("C.4.r")[0].text("C.4.r.1") == "A. Author, 2026"
    assert root.text("C.1.8.2") == "2"
    assert (root.text("C.1.6.1"), root.each("C.1.6.1.r")) == ("false", [])


def test_of_a_father_the_route_of_the_child_is_not_made_up():
    root = made(parent(sex="1"), child())
    assert root.text("D.10.6") == "1"
    assert root.each("G.k")[0].each("G.k.4.r")[0].get("G.k.4.r.10.1") is None


def values_of(root: Node) -> dict[str, object]:
    return {path: value for path, _node, _code, value in root.walk()}


def difference(before: Node, after: Node) -> dict[str, object]:
    """What the second says otherwise, None for what it says no more."""
    first, second = values_of(before), values_of(after)
    changed = {path: value for path, value in second.items() if first.get(path) != value}
    return changed | dict.fromkeys(path for path in first if path not in second)


OF_PARENT = ("D.1", "D.3", "D.4", "D.6", "D.7.2", "D.2.2a", "D.CN.3")
OF_DOSE = ("G.k.4.r.7", "G.k.4.r.4", "G.k.4.r.10.1")
TOLD = st.sampled_from([None, *NULLS, "7", "8"])


@given(
    *(
        st.tuples(*(st.fixed_dictionaries(dict.fromkeys(codes, TOLD)) for _n in range(2)))
        for codes in (OF_PARENT, OF_DOSE)
    )
)
def test_a_correction_of_the_parent_says_what_its_report_would_have_made_of_the_childs(
    of_parent, of_dose
):
    sides = []
    for patient, dose in zip(of_parent, of_dose, strict=True):
        root = parent()
        node = root.each("G.k")[0].each("G.k.4.r")[0]
        for values, told in ((root.values, patient), (node.values, dose)):
            for code, value in told.items():
                values.pop(code, None)
                if value is not None:
                    values[code] = value
        sides.append(root)
    children = [made(root, child()) for root in sides]
    said = of_correction(difference(*sides))
    there = values_of(children[0])
    told = {path: value for path, value in said.items() if value is not None or path in there}
    places = ("D.10.", "G.k[")
    wanted = {p: v for p, v in difference(*children).items() if p.startswith(places)}
    assert told == wanted


@given(
    foetus=st.booleans(),
    weeks=st.none() | st.integers(1, 45),
    values=st.fixed_dictionaries(
        {},
        optional={
            code: st.sampled_from([*NULLS, "2"]) for code in ("D.1", "D.2.1", "D.5", "D.6", "D.7.2")
        },
    ),
    criteria=st.frozensets(st.sampled_from(sorted(CRITERIA))),
)
def test_a_childs_report_holds_only_what_its_elements_take_and_is_read_back_equal(
    foetus, weeks, values, criteria
):
    root = made(
        parent(**{k: v for k, v in values.items() if k != "D.2.1" or isinstance(v, Null)}),
        child(foetus=foetus, gestation=weeks, criteria=criteria),
    )
    for _path, node, code, value in root.walk():
        assert ELEMENTS[code].group == node.code
        if isinstance(value, Null):
            assert value.flavor in ELEMENTS[code].any_nulls()
    assert (root.text("D.2.3") == "0") is foetus
    assert ("D.2.1" in root.values) is not foetus
    wrapper = {"N.1.1": "1", "N.1.2": "B1", "N.1.3": "A", "N.1.4": "B", "N.1.5": "20260603"}
    data = write_batch(Batch(dict(wrapper), (Message(root),)), Region.NMPA)
    [again] = read_batch(data).messages
    wanted = {path: value for path, _n, _c, value in root.walk()}
    assert {p: v for p, _n, _c, v in again.walk() if p.startswith("D.")} == {
        p: v for p, v in wanted.items() if p.startswith("D.")
    }
