"""Kits in the database: registered, followed, filled with a collection, corrected, undone."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from followup.actions import samples
from followup.actions.samples import KitPart
from followup.core import clock, scope
from followup.core.confirmations import Unconfirmed
from followup.core.permissions import Role
from followup.core.problems import Conflict, Denied, NotFound, Refused
from followup.core.row_security import contexts
from followup.domain.samples import Moment
from followup.models import AdverseEvent, Kit, KitItem, KitStep, Sample
from followup.queries import kits
from followup.queries import samples as queries
from tests import factories
from tests.refusals import refused

pytestmark = pytest.mark.django_db


def ago(days: int) -> date:
    return clock.today() - timedelta(days=days)


def at(days: int) -> Moment:
    return Moment(ago(days))


def part(specimen: str = "T1", **more: Any) -> KitPart:
    given = {"tubes": "2 × EDTA 10 mL", "lot": "L-7", "expires_on": ago(-200)}
    return KitPart(specimen=specimen, **given | more)


@dataclass
class Ground:
    """A site with a suspected malignancy whose tubes are planned, and a kit that arrived."""

    site: Any
    nurse: Any
    event: AdverseEvent

    def packed(self, *parts: KitPart, **more: Any) -> Kit:
        given = {
            "assembler": "Central laboratory, Suzhou",
            "return_to": "Biobank, Shanghai",
            "happened_at": at(30),
        }
        (kit,) = samples.assemble(
            self.nurse, self.site, parts=parts or (part(), part("T2")), **given | more
        )
        return kit

    def step(self, kit: Kit, step: str, days: int, **more: Any) -> KitStep:
        given = {"place": "Ward 6", "carrier": "SF 1234", "person": "Li Min"}
        wanted = {"SEND": ("place", "carrier"), "RECEIVE": ("place", "person")}
        wanted |= {"RETURN": ("place", "carrier"), "FIND": ("place",)}
        wanted |= {"ARRIVE": ("place", "person")}
        kept = {name: given[name] for name in wanted.get(step, ())}
        return samples.record_kit_step(
            self.nurse, kit, step=step, happened_at=at(days), **kept | more
        )

    def arrived(self, *parts: KitPart, days: int = 10, **more: Any) -> Kit:
        kit = self.packed(*parts, **more)
        self.step(kit, "SEND", days + 2)
        self.step(kit, "RECEIVE", days)
        return again(kit)

    def sample(self, code: str = "T1") -> Sample:
        return Sample.objects.get(event=self.event, code=code)

    def collect(self, code: str = "T1", days: int = 1, **more: Any) -> Sample:
        row = self.sample(code)
        samples.record_step(
            self.nurse, row, step="COLLECT", happened_at=at(days), place="OR", **more
        )
        return again(row)


def again(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def ground() -> Ground:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site, purposes=("LTFU", "SAMPLES"))
    return Ground(site, nurse, factories.malignancy(nurse, patient))


def test_kits_of_one_packing_list_get_numbers_of_their_own(ground) -> None:
    made = samples.assemble(
        ground.nurse,
        ground.site,
        parts=(part(expires_on=ago(-90)), part("T2", expires_on=None)),
        assembler=" Laboratory ",
        return_to="Biobank",
        happened_at=at(3),
        copies=3,
    )
    numbers = [kit.number for kit in made]
    assert len(set(numbers)) == 3
    assert {number[:4] for number in numbers} == {f"K{clock.today():%y}-"}
    assert numbers == sorted(numbers)
    assert {kit.expires_on for kit in made} == {ago(-90)}
    assert {kit.assembler for kit in made} == {"Laboratory"}
    assert KitItem.objects.filter(kit__in=made).count() == 6
    assert KitStep.objects.filter(kit__in=made, step="ASSEMBLE").count() == 3
    assert ground.packed().number > numbers[-1]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"parts": ()}, "specimen_1"),
        ({"parts": (part("X9"),)}, "specimen_1"),
        ({"parts": (part(), part("T2", tubes=" "))}, "tubes_2"),
        ({"parts": (part(lot=""),)}, "lot_1"),
        ({"parts": (part(expires_on=ago(31)),)}, "expires_on_1"),
        ({"parts": tuple(part() for _ in range(13))}, "specimen_1"),
        ({"assembler": " "}, "assembler"),
        ({"return_to": ""}, "return_to"),
        ({"copies": 0}, "copies"),
        ({"copies": 51}, "copies"),
        ({"copies": 2, "code": "ABC"}, "code"),
        ({"happened_at": Moment(None)}, "happened_on"),
        ({"happened_at": Moment(date(2999, 1, 1))}, "happened_on"),
    ],
)
def test_what_is_no_kit_is_refused_at_its_field(ground, given, field) -> None:
    whole = {"parts": (part(),), "assembler": "Lab", "return_to": "Bank", "happened_at": at(30)}
    assert field in refused(samples.assemble, ground.nurse, ground.site, **whole | given)
    assert not Kit.objects.exists()


def test_an_expiry_far_away_is_asked_about(ground) -> None:
    far = clock.today().replace(year=clock.today().year + 20, day=1)
    with pytest.raises(Unconfirmed) as asked:
        ground.packed(part(expires_on=far))
    (question,) = asked.value.questions
    assert question.field == "expires_on_1"
    assert ground.packed(part(expires_on=far), confirmed=[question.key]).expires_on == far


def test_a_code_is_given_once_a_site_and_scanned_like_the_number(ground) -> None:
    kit = ground.packed(code="KIT-0042/A")
    assert "code" in refused(ground.packed, code="kit-0042/a")
    assert kits.by_number(ground.nurse, "kit-0042/a\r") == kit
    assert kits.by_number(ground.nurse, kit.number.lower()) == kit
    assert kits.by_number(ground.nurse, ground.sample().number) is None
    elsewhere = factories.make_actor(Role.NURSE, site=factories.make_site())
    assert kits.by_number(elsewhere, kit.number) is None
    assert kits.scanned(elsewhere, kit.number[:6], limit=5) == []
    assert kits.scanned(ground.nurse, kit.number[:6], limit=5) == [kit]


def test_the_whole_way_from_the_laboratory_and_back(ground) -> None:
    kit = ground.arrived()
    assert kit.state == "RECEIVED"
    sample = ground.collect(kit=kit)
    assert again(kit).state == "IN_USE"
    item = KitItem.objects.get(sample=sample)
    assert (item.kit_id, item.specimen, item.deviation) == (kit.id, "T1", "")
    use = KitStep.objects.get(kit=kit, step="USE")
    assert (use.sample_id, use.happened_on) == (sample.id, ago(1))
    ground.step(kit, "RETURN", 0)
    assert again(kit).state == "RETURNED"
    assert "kit" in refused(ground.collect, "T2", kit=kit)
    assert ground.sample("T2").state == "PLANNED", "nothing of a refused collection stays"
    assert refused(ground.step, kit, "ARRIVE", 0, person="") == {"person"}
    ground.step(kit, "ARRIVE", 0)
    assert again(kit).state == "ARRIVED"
    assert "" in refused(ground.step, kit, "RETURN", 0)


def test_an_unused_kit_is_forwarded_and_is_the_other_sites_from_then_on(ground) -> None:
    kit, other = ground.arrived(code="BOX-1", days=10), factories.make_site()
    theirs = factories.make_actor(Role.NURSE, site=other)
    there = Ground(other, theirs, ground.event)
    given = {"to": other, "happened_at": at(8), "carrier": "SF 9"}
    forward = samples.forward_kit
    assert refused(forward, ground.nurse, kit, **given | {"carrier": ""}) == {"carrier"}
    assert refused(forward, ground.nurse, kit, **given | {"to": ground.site}) == {"to"}
    assert refused(forward, ground.nurse, kit, **given | {"happened_at": at(11)}) == {"happened_on"}
    full = factories.make_site()
    Ground(full, factories.make_actor(Role.NURSE, site=full), ground.event).packed(code="box-1")
    assert refused(forward, ground.nurse, kit, **given | {"to": full}) == {"to"}
    made = forward(ground.nurse, kit, **given)
    kit = again(kit)
    assert (kit.state, kit.site_id, made.site_id) == ("SENT", other.id, ground.site.id)
    assert {item.site_id for item in kit.items.all()} == {other.id}
    with contexts.using(contexts.person(ground.nurse)):
        assert [row.number for row in kits.forwarded(ground.nurse)] == [kit.number]
        with pytest.raises(NotFound):
            kits.one(ground.nurse, kit.id)
    assert "" in refused(samples.take_back_kit_step, ground.nurse, made, reason="Wrong")
    with contexts.using(contexts.person(theirs)):
        seen = [line.row.step for line in kits.steps(theirs, kits.one(theirs, kit.id))]
    assert seen == ["ASSEMBLE", "SEND", "RECEIVE", "FORWARD"]
    assert refused(there.step, kit, "RECEIVE", 9) == {"happened_on"}
    there.step(kit, "RECEIVE", 7)
    assert again(kit).state == "RECEIVED"
    used = ground.arrived()
    ground.collect(kit=used)
    assert "" in refused(forward, ground.nurse, used, **given | {"happened_at": at(0)})


def test_a_kit_forwarded_by_mistake_is_the_senders_again_until_it_arrived(ground) -> None:
    kit, other = ground.arrived(code="BOX-3", days=10), factories.make_site()
    theirs = factories.make_actor(Role.NURSE, site=other)
    there = Ground(other, theirs, ground.event)
    given = {"to": other, "happened_at": at(8), "carrier": "SF 9"}
    made = samples.forward_kit(ground.nurse, kit, **given)
    with pytest.raises(NotFound):
        samples.take_back_forward(theirs, made, reason="not mine")
    kept = samples.take_back_forward(ground.nurse, made)
    assert (kept.state, kept.site_id) == ("RECEIVED", ground.site.id)
    assert {item.site_id for item in kept.items.all()} == {ground.site.id}
    with contexts.using(contexts.person(ground.nurse)):
        assert kits.forwarded(ground.nurse) == []
        assert kits.one(ground.nurse, kit.id).number == kit.number
    with pytest.raises(Conflict):
        samples.take_back_forward(ground.nurse, made, reason="twice")
    ground.collect(kit=again(kit), days=5)
    second = ground.arrived(code="BOX-4", days=10)
    made = samples.forward_kit(ground.nurse, second, **given)
    with contexts.using(contexts.person(ground.nurse)):
        assert [row.on_way for row in kits.forwarded(ground.nurse)] == [True]
    there.step(again(second), "RECEIVE", 7)
    assert "" in refused(samples.take_back_forward, ground.nurse, made, reason="late")
    with contexts.using(contexts.person(ground.nurse)):
        assert [row.on_way for row in kits.forwarded(ground.nurse)] == [False]
    third = ground.arrived(code="BOX-5", days=10)
    made = samples.forward_kit(ground.nurse, third, **given)
    ground.packed(code="box-5")
    assert "" in refused(samples.take_back_forward, ground.nurse, made, reason="late")


def test_tubes_that_are_no_patients_yet_are_seen_by_both_walls_alike(ground) -> None:
    """Of one product or on consent alone: empty tubes are the site's, filled ones the patient's."""
    kit = ground.arrived()
    sample = ground.collect(kit=kit)
    mine = sample.product
    stranger = factories.Product.objects.exclude(id=mine.id).order_by("code").first()
    for product, filled in ((mine, True), (stranger, False)):
        for role, where in ((Role.NURSE, {"site": ground.site}), (Role.STUDY_MANAGER, {})):
            reader = factories.make_actor(role, product=product, **where)
            shown = filled and role is Role.NURSE  # the patient did not agree to the holder
            for model, free in ((KitItem, 1), (KitStep, 3)):
                rows = model.objects.filter(kit=kit)
                assert scope.visible(reader, rows).count() == free + shown, (role, product, model)
                # The database's wall asks consent or an event (of which there is one) of all.
                with contexts.using(contexts.person(reader)):
                    assert rows.count() == free + filled, (role, product, model)


def test_several_samples_take_their_tubes_from_one_kit(ground) -> None:
    kit = ground.arrived()
    rows = [ground.sample("T1"), ground.sample("T2")]
    samples.record_steps(ground.nurse, rows, step="COLLECT", happened_at=at(1), place="OR", kit=kit)
    assert set(KitItem.objects.values_list("sample", flat=True)) == {row.id for row in rows}
    text = refused(ground.collect, "T3", kit=kit)
    assert text == {"kit"}, "no tubes for this kind of sample"


def test_collected_before_the_kit_came_is_refused(ground) -> None:
    kit = ground.arrived(days=5)
    with pytest.raises(Refused) as caught:
        ground.collect(days=6, kit=kit)
    assert str(ago(5)) in caught.value.sentences
    assert set(caught.value.fields) == {"kit"}
    assert ground.sample().state == "PLANNED"
    ground.collect(days=5, kit=kit)


def test_an_expired_kit_needs_a_deviation_that_the_sample_shows(ground) -> None:
    kit = ground.arrived(part(expires_on=ago(3)))
    assert refused(ground.collect, days=2, kit=kit) == {"kit_deviation"}
    assert not queries.deviating([ground.sample().id])
    sample = ground.collect(days=2, kit=kit, kit_deviation=" The ward had no other kit ")
    assert queries.deviating([sample.id]) == {sample.id}
    assert kits.use_of(ground.nurse, sample).deviation == "The ward had no other kit"
    assert queries.described(ground.nurse, [sample])[0].deviation


def test_a_corrected_collection_moves_the_use_and_an_undone_one_frees_the_tubes(ground) -> None:
    kit = ground.arrived(part(expires_on=ago(3)), days=8)
    sample = ground.collect(days=4, kit=kit)
    (row,) = sample.custody.filter(step="COLLECT")
    change = {"place": "OR", "reason": "Misread"}
    correct = samples.correct_step
    assert refused(correct, ground.nurse, row, happened_at=at(9), **change) == {"happened_on"}
    assert refused(correct, ground.nurse, row, happened_at=at(2), **change) == {"kit_deviation"}
    made = correct(ground.nurse, row, happened_at=at(2), kit_deviation="None left", **change)
    assert queries.deviating([sample.id]) == {sample.id}
    uses = KitStep.objects.filter(kit=kit, step="USE").order_by("number")
    assert [use.happened_on for use in uses] == [ago(4), ago(2)]
    assert uses[1].replaces_id == uses[0].id
    # The deviation alone may be put right as well; what is the same is no correction.
    note = made.note
    same = {"happened_at": at(2), "place": "OR", "note": note, "reason": "Words"}
    assert refused(correct, ground.nurse, made, kit_deviation="None left", **same) == {""}
    last = correct(ground.nurse, made, kit_deviation="None left on the ward", **same)
    assert KitItem.objects.get(sample=sample).deviation == "None left on the ward"
    samples.take_back(ground.nurse, last)
    assert again(sample).state == "PLANNED"
    assert (again(kit).state, KitItem.objects.get(kit=kit).sample) == ("RECEIVED", None)
    assert not queries.deviating([sample.id])
    ground.collect(days=4, kit=again(kit))


def test_a_kit_is_named_afterwards_with_the_moment_of_the_collection(ground) -> None:
    kit, planned = ground.arrived(), ground.sample()
    assert refused(samples.use_kit, ground.nurse, planned, kit=kit) == {"kit"}
    sample = ground.collect(days=3)
    use = samples.use_kit(ground.nurse, sample, kit=kit)
    assert use.happened_on == ago(3)
    assert refused(samples.use_kit, ground.nurse, sample, kit=kit) == {"kit"}
    samples.take_back_kit_step(ground.nurse, use)
    assert (again(kit).state, again(sample).state) == ("RECEIVED", "COLLECTED")
    with pytest.raises(Conflict):
        samples.take_back_kit_step(ground.nurse, use)


def test_a_kit_of_another_site_is_refused(ground) -> None:
    other = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=other)
    kit = Ground(other, nurse, ground.event).arrived()
    assert refused(ground.collect, kit=kit) == {"kit"}
    with pytest.raises(NotFound):
        samples.record_kit_step(ground.nurse, kit, step="LOSE", happened_at=at(0))


def test_a_deviation_without_its_kit_is_not_dropped(ground) -> None:
    assert refused(ground.collect, kit_deviation="Expired") == {"kit"}


def test_only_a_collection_names_a_kit(ground) -> None:
    kit = ground.arrived()
    sample = ground.collect()
    act = samples.record_step
    given = {"step": "STORE", "happened_at": at(0), "place": "Freezer"}
    assert refused(act, ground.nurse, sample, kit=kit, **given) == {"kit"}


@pytest.mark.parametrize(
    ("step", "given", "field"),
    [
        ("NONSENSE", {}, "step"),
        ("USE", {}, "step"),
        ("ASSEMBLE", {}, "step"),
        ("FORWARD", {}, "step"),
        ("ARRIVE", {}, ""),
        ("SEND", {}, ""),
        ("RETURN", {"place": ""}, "place"),
        ("RETURN", {"carrier": " "}, "carrier"),
        ("LOSE", {}, "reason"),
        ("LOSE", {"reason": "EXPIRED"}, "reason"),
        ("LOSE", {"reason": "OTHER"}, "note"),
        ("DISCARD", {"reason": "EXPIRED"}, "reason"),
        ("DISCARD", {"reason": "x" * 500}, "reason"),
        ("RETURN", {"happened_at": at(20)}, "happened_on"),
        ("RETURN", {"happened_at": at(-1)}, "happened_on"),
        ("RETURN", {"happened_at": Moment(None)}, "happened_on"),
    ],
)
def test_a_step_that_cannot_be_is_refused_at_its_field(ground, step, given, field) -> None:
    kit = ground.arrived()
    whole = {"happened_at": at(0), "place": "Ward 6", "carrier": "SF 1"}
    act = samples.record_kit_step
    assert field in refused(act, ground.nurse, kit, step=step, **whole | given)
    assert again(kit).state == "RECEIVED"


def test_lost_found_discarded_and_undone(ground) -> None:
    kit = ground.arrived(part(expires_on=ago(2)))
    lost = ground.step(kit, "LOSE", 1, reason="MISLAID")
    assert again(kit).state == "LOST"
    assert "kit" in refused(ground.collect, kit=kit, kit_deviation="x")
    ground.step(kit, "FIND", 0)
    assert again(kit).state == "RECEIVED"
    gone = ground.step(kit, "DISCARD", 0, reason="EXPIRED")
    assert again(kit).state == "DISCARDED"
    assert refused(samples.take_back_kit_step, ground.nurse, lost) == {""}
    samples.take_back_kit_step(ground.nurse, gone)
    assert again(kit).state == "RECEIVED"
    first = KitStep.objects.get(kit=kit, number=1)
    assert refused(samples.take_back_kit_step, ground.nurse, first) == {""}


def test_a_step_is_corrected_against_the_whole_chain(ground) -> None:
    kit = ground.arrived(days=6)
    ground.collect(days=5, kit=kit)
    row = KitStep.objects.get(kit=kit, step="RECEIVE")
    change = {"place": "Ward 6", "person": "Li Min"}
    act = samples.correct_kit_step
    assert refused(act, ground.nurse, row, happened_at=at(5), reason=" ", **change) == {"reason"}
    late = refused(act, ground.nurse, row, happened_at=at(4), reason="Slip", **change)
    assert late == {"happened_on"}, "a sample was collected before"
    assert refused(act, ground.nurse, row, happened_at=at(6), reason="Slip", **change) == {""}
    made = act(ground.nurse, row, happened_at=at(5), reason="Slip", **change)
    assert (made.happened_on, made.note) == (ago(5), "Slip")
    with pytest.raises(Conflict):
        act(ground.nurse, row, happened_at=at(6), reason="Slip", **change)
    use = KitStep.objects.get(kit=kit, step="USE")
    assert refused(act, ground.nurse, use, happened_at=at(5), reason="Slip") == {""}
    first = KitStep.objects.get(kit=kit, step="ASSEMBLE")
    act(ground.nurse, first, happened_at=at(30), place="Laboratory B", reason="Other packer")
    assert again(kit).assembler == "Laboratory B"


def test_the_stock_of_a_site_and_what_expires_soon(ground) -> None:
    lasting, soon = ground.arrived(), ground.arrived(part(expires_on=ago(-30)))
    over = ground.arrived(part(expires_on=ago(1)))
    sent = ground.packed(part(expires_on=ago(-5)))
    lasts = ground.packed(part(expires_on=None))
    used = ground.arrived()
    ground.collect(kit=used)
    (row,) = kits.stock(ground.nurse)
    assert (row.site, row.on_way, row.valid, row.soon, row.expired) == (ground.site, 2, 1, 1, 1)

    def numbers(**wanted: Any) -> list[Kit]:
        page = kits.page(ground.nurse, filters=kits.Filters(**wanted))
        return [line.kit for line in page.items]

    assert numbers(shelf="SOON") == [sent, soon]
    assert numbers(shelf="EXPIRED") == [over]
    assert numbers(state="IN_USE") == [used]
    assert numbers(text=lasting.number) == [lasting]
    assert numbers(text="nothing") == []
    page = kits.page(ground.nurse, size=2)
    rest = kits.page(ground.nurse, key=page.next_key, size=9)
    assert [line.kit for line in (*page.items, *rest.items)] == [
        used,
        lasts,
        sent,
        over,
        soon,
        lasting,
    ]
    assert [line.shelf for line in page.items] == ["VALID", "UNKNOWN"]
    assert (page.items[0].filled, page.items[0].items) == (1, 2)
    foreign = factories.make_actor(Role.NURSE, site=factories.make_site())
    assert (kits.stock(foreign), kits.page(foreign).items) == ([], [])


def test_who_may_not_write_samples_registers_no_kit(ground) -> None:
    reader = factories.make_actor(Role.STUDY_MANAGER, site=ground.site)
    with pytest.raises((Denied, NotFound)):
        Ground(ground.site, reader, ground.event).packed()


def test_the_database_keeps_the_rows_true(ground) -> None:
    kit = ground.arrived()
    sample = ground.collect(kit=kit)
    with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
        KitItem.objects.filter(sample=sample).update(sample=None, deviation="x")
    with pytest.raises(DatabaseError), transaction.atomic():
        KitStep.objects.filter(kit=kit, step="USE").update(happened_on=ago(1))


def test_a_holder_learns_nothing_of_a_patient_who_did_not_agree(ground) -> None:
    kit = ground.arrived(part(expires_on=ago(3)), part("T2"))
    ground.collect(kit=kit, kit_deviation="The ward had no other")
    holder = factories.make_actor(Role.STUDY_MANAGER)
    first, second = kits.contents(holder, kits.one(holder, kit.id))
    assert (first.sample, first.hidden) == (None, True)
    assert (second.sample, second.hidden) == (None, False)
    seen = [line.row.step for line in kits.steps(holder, kit)]
    assert seen == ["ASSEMBLE", "SEND", "RECEIVE"]
    assert kits.use_of(holder, ground.sample()) is None
    assert len(kits.steps(ground.nurse, kit)) == 4
