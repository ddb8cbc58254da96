"""The compiler of the connection writes the very statements of Django's own."""

from datetime import date

import pytest
from django.db import connection
from django.db.backends.postgresql import compiler as postgresql
from django.db.models import Count, Exists, F, OuterRef, Value
from django.db.models.functions import Lower

from followup.core.database.compiler import SQLCompiler
from followup.models import Patient, PlannedVisit, Visit

TODAY = date(2026, 11, 29)
VISITS = Visit.objects.filter(patient=OuterRef("pk"))
CASES = {
    "plain": Patient.objects.order_by("study_code"),
    "no order": Patient.objects.order_by(),
    "related": Visit.objects.select_related("planned", "patient__site").order_by("-contact_on"),
    "by a relation": PlannedVisit.objects.select_related("schedule").order_by("schedule__day_zero"),
    "values": PlannedVisit.objects.order_by("due", "-id").values_list("due", "id"),
    "an annotation beside": Patient.objects.annotate(seen=Exists(VISITS)).order_by("-study_code"),
    "by an annotation": Patient.objects.annotate(seen=Exists(VISITS)).order_by("-seen", "id"),
    "by an expression": Patient.objects.order_by(Lower("study_code").desc(nulls_last=True)),
    "by a field": PlannedVisit.objects.annotate(day=F("due")).order_by(F("day").asc()),
    "an alias of a column": PlannedVisit.objects.values(due_on=F("due")).order_by("due_on"),
    "groups": PlannedVisit.objects.order_by("code").values("code").annotate(n=Count("id")),
    "distinct": PlannedVisit.objects.order_by("due").distinct(),
    "union": Patient.objects.values("id").union(Patient.objects.values("id")).order_by("id"),
    "reversed": Patient.objects.order_by("study_code", "-id").reverse(),
    "extra": Patient.objects.extra(select={"n": "1"}).order_by("n", "id"),
    "constant": Patient.objects.annotate(one=Value(1)).order_by("one"),
    "in a subquery": Visit.objects.filter(
        patient__in=Patient.objects.order_by("study_code")[:5], contact_on__lte=TODAY
    ).order_by("contact_on"),
    "deferred": Visit.objects.defer("assessments").select_related("planned").order_by("id"),
}


@pytest.mark.parametrize("name", CASES)
def test_statement_is_the_same(name: str, db: None) -> None:
    query = CASES[name].query
    ours = query.clone().get_compiler("default")
    assert isinstance(ours, SQLCompiler)
    theirs = postgresql.SQLCompiler(query.clone(), connection, "default")
    assert ours.as_sql() == theirs.as_sql()
    columns = [(ours, [row[0] for row in ours.select]), (theirs, [row[0] for row in theirs.select])]
    mine, django = (compiler.get_converters(found) for compiler, found in columns)
    assert mine == django
