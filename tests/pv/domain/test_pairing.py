"""A person's own second test is never met by the hospital's second."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pv.domain.cases import pairing
from pv.domain.e2b.message import Node, Null


def tree(*tests: tuple[str, str]) -> Node:
    root = Node("")
    for name, day in tests:
        root.add("F.r").values.update({"F.r.2.1": name, "F.r.1": day})
    return root


def source(*tests: tuple[str, str]) -> dict[str, str]:
    return {
        f"F.r[{number}].{element}": value
        for number, (name, day) in enumerate(tests, 1)
        for element, value in (("2.1", name), ("1", day), ("3.2", "7"))
    }


HOSPITAL = (("CAR transgene", "20260101"), ("LDH", "20260102"))


def test_a_test_typed_between_keeps_its_place() -> None:
    root = tree(HOSPITAL[0], ("Ferritin", "20260103"))
    said = source(*HOSPITAL)
    found = pairing.places(root, said, said)
    assert found["F.r[1].3.2"] == "F.r[1].3.2"
    assert found["F.r[2].3.2"] == "F.r[3].3.2"


def test_a_moved_test_is_met_where_it_stands() -> None:
    root = tree(("Ferritin", "20260103"), HOSPITAL[1], HOSPITAL[0])
    said = source(*HOSPITAL)
    found = pairing.places(root, said, said)
    assert (found["F.r[1].1"], found["F.r[2].1"]) == ("F.r[3].1", "F.r[2].1")


def test_the_same_test_of_another_day_is_another_test() -> None:
    said = source(("LDH", "20260301"))
    assert pairing.places(tree(("LDH", "20260102")), said, said)["F.r[1].3.2"] == "F.r[2].3.2"


def test_one_of_two_new_tests_goes_right_behind() -> None:
    said = source(*HOSPITAL)
    chosen = {path: value for path, value in said.items() if path.startswith("F.r[2]")}
    assert set(pairing.places(tree(), said, chosen).values()) == {
        "F.r[1].2.1",
        "F.r[1].1",
        "F.r[1].3.2",
    }


def test_a_coded_name_pairs_and_other_paths_stay() -> None:
    root = Node("")
    root.add("F.r").values.update({"F.r.2.2b": "10000001", "F.r.1": Null("UNK")})
    said = {"F.r[1].2.2b": "10000001", "F.r[1].1": Null("UNK"), "E.i[1].7": "1"}
    assert pairing.places(root, said, said) == {path: path for path in said}


TESTS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["20260101", "20260102"])), max_size=6
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(TESTS, TESTS)
def test_no_two_tests_meet_in_one_and_nothing_meets_a_stranger(held, offered) -> None:
    root, said = tree(*held), source(*offered)
    found = pairing.places(root, said, said)
    assert len(set(found.values())) == len(found)
    for number, identity in enumerate(offered, 1):
        place = int(found[f"F.r[{number}].3.2"][4:].partition("]")[0])
        assert place > len(held) or held[place - 1] == identity


def test_what_a_source_offers_is_read_and_what_cannot_be_is_left_out() -> None:
    assert pairing.offered(
        {"D.5": "1", "D.7.2": {"null": "UNK"}, "E.i[1].4": None, "D.1": {"strange": 1}}
    ) == {"D.5": "1", "D.7.2": Null("UNK"), "E.i[1].4": None}


def test_what_a_source_no_longer_says_of_the_patient_and_the_reaction_is_taken_back() -> None:
    before = {"D.5": "1", "D.9.2.r[1].2": "x", "E.i[1].4": "2026", "F.r[1].1": "2026", "C.1.1": "a"}
    assert pairing.taken_back(before, {"D.5": "2"}) == {"D.9.2.r[1].2": None, "E.i[1].4": None}
