"""Class of a product: questions one by one, two persons, asked again by a newer table."""

import pytest
from django.test import Client
from django.urls import reverse

from followup.core import clock
from followup.core.naming import citation
from followup.core.permissions import Role
from followup.core.problems import NotFound, Refused
from followup.models import ReferenceItem
from pv.actions import classifications as actions
from pv.models import ProductClassification
from pv.queries import classifications
from tests import factories
from tests.pages import unbroken

pytestmark = pytest.mark.django_db
EXCLUDED = ("blood_component", "transplant", "reproductive_cell", "preventive_vaccine")
NO = dict.fromkeys(
    (*EXCLUDED, "small_nucleic_acid", "tissue_engineered", "cells_only_carrier"), False
)
CAR_T = NO | {"living_cells": True, "gene_modified_ex_vivo": True}


def version() -> str:
    return classifications.scheme().version


def test_a_class_holds_once_another_confirms_and_a_newer_table_asks_again() -> None:
    writer, other = factories.make_actor(Role.REGULATORY), factories.make_actor(Role.STUDY_MANAGER)
    product = factories.product()
    for answers in (NO, {}, CAR_T | {"living_cells": None}):
        with pytest.raises(Refused):
            actions.enter(writer, product, answers=answers, scheme_version=version())
    with pytest.raises(Refused):
        actions.enter(writer, product, answers=CAR_T, scheme_version="of yesterday")
    row = actions.enter(
        writer, product, answers=CAR_T | {"oncolytic": True}, scheme_version=version()
    )
    assert (row.code, row.level, row.confidence) == ("CTMP_GENE_MODIFIED", "CTMP", "secondary")
    assert dict(row.answers) == CAR_T  # what has no part in the class is not kept
    with pytest.raises(Refused):
        actions.confirm(writer, row)
    line = next(each for each in classifications.lines(other) if each.product == product)
    assert line.held is None
    actions.confirm(other, row)
    line = next(each for each in classifications.lines(other) if each.product == product)
    assert (line.held, line.again) == (row, False)
    stranger = factories.make_actor(
        Role.REGULATORY, product=factories.Product.objects.exclude(id=product.id).first()
    )
    with pytest.raises(NotFound):
        classifications.one(stranger, row.id)
    second = actions.enter(writer, product, answers=CAR_T, scheme_version=version())
    loaded = ReferenceItem.objects.filter(kind="document", code="atmp").latest("loaded_at")
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.scheme"):
        ReferenceItem.objects.create(
            kind="document",
            code="atmp",
            version="2099-01-01",
            data={**loaded.data, "version": "2099-01-01"},
            sha256="0" * 64,
            citation="newer",
            confidence="source",
            loaded_at=clock.now(),
        )
    line = next(each for each in classifications.lines(other) if each.product == product)
    assert line.again
    with pytest.raises(Refused):
        actions.confirm(other, second)


def test_the_pages_ask_one_by_one_and_choose_nothing() -> None:
    first, second = Client(), Client()
    first.force_login(factories.make_user(Role.SAFETY_OFFICER))
    second.force_login(factories.make_user(Role.REGULATORY))
    product = factories.product()
    url = reverse("classification-ask", args=[product.id])
    typed: dict[str, str] = {}
    for name, value in CAR_T.items():
        page = first.get(url, typed).content.decode()
        assert f'name="{name}" value="yes"' in page
        assert " checked" not in page
        typed[name] = "yes" if value else "no"
    assert "CTMP_GENE_MODIFIED" in first.get(url, typed).content.decode()
    missing = first.get(url, {"asked": "blood_component"})
    assert 'role="alert"' in missing.content.decode()
    assert first.post(url, {"scheme_version": version()}).status_code == 422
    saved = first.post(url, typed | {"scheme_version": version()})["Location"]
    row = ProductClassification.objects.get()
    assert first.post(saved).status_code == 422
    assert second.post(saved, {"refuse": 1, "reason": ""}).status_code == 422
    assert second.post(saved).status_code == 302
    page = second.get(saved).content.decode()
    assert citation(row.citation) in unbroken(page)
    assert row.code in second.get(reverse("classifications")).content.decode()
    (item,) = second.get(reverse("api-classifications")).json()["items"]
    assert (item["code"], item["answers"], item["again"]) == (row.code, CAR_T, False)
    heading = second.get(saved).content.decode().split("<h1", 1)[1].split("</h1>", 1)[0]
    assert classifications.reason(row) in heading  # the class in words, not its bare code
