"""Setting the stage: hospitals and people, through the actions an administrator uses."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from followup.actions import accounts, consent_versions, grants, reference
from followup.actions.consent_versions import ConsentVersionInput
from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import User
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.domain.consents import Purpose
from followup.domain.dates import PartialDate
from followup.models import Indication, Product, Site
from followup.queries import access_rules
from followup.queries import reference as queries
from pv.demo.facts import Use
from pv.demo.world import LOGINS, SITES, Login, of_all_sites, staff, uses

PURPOSES = ("LTFU", "HOLDER", "SAMPLES")
ABROAD = "CROSS_BORDER"  # agreed to by every third patient, so that a registry abroad gets some
FORM_VERSION = "LTFU-ICF-2.1"
NEW_FORM = "LTFU-ICF-3.0"
MONTH = "month"
YEAR = "year"


class Stage:
    """Sites, products, indications and the acting people, by code and user name."""

    def __init__(
        self, sites: Mapping[str, Site], products: Mapping[str, Product], people: Mapping[str, User]
    ) -> None:
        self.sites = sites
        self.products = products
        self.indications: Mapping[str, Indication] = {}
        self.people = people
        self._actors: dict[str, Actor] = {}

    def actor(self, login: Login) -> Actor:
        """The person as the actor of an action, with the rights actually granted."""
        if login.username not in self._actors:
            self._actors[login.username] = actor_of(self.people[login.username], request_id="demo")
        return self._actors[login.username]

    def at(self, role: Role, site: str) -> Actor:
        """Who does the work of a role at a site."""
        return self.actor(staff(role, site))

    def of(self, role: Role) -> Actor:
        """Who holds a role for all sites and products."""
        return self.actor(of_all_sites(role))

    def named(self, role: Role, site: str) -> str:
        """The name of who does the work of a role at a site."""
        return staff(role, site).display_name


def build(actor: Actor) -> Stage:
    """Make the hospitals and the people; products are there from the reference data."""
    sites = {
        spec.code: reference.add_site(
            actor,
            code=spec.code,
            name_zh=spec.name_zh,
            name_en=spec.name_en,
            province=spec.province,
        )
        for spec in SITES
    }
    products = {row.code: row for row in queries.products(actor)}
    people = {login.username: _person(actor, login, sites, products) for login in LOGINS}
    stage = Stage(sites, products, people)
    stage.indications = {row.code: row for row in queries.indications(actor)}
    _consent_forms(stage)
    return stage


def agreed(number: int) -> tuple[str, ...]:
    """What the patient of this number agreed to."""
    return (*PURPOSES, ABROAD) if number % 3 == 0 else PURPOSES


def _consent_forms(stage: Stage) -> None:
    """The forms of the hospital whose lead signs in: one of old, and a new one to be signed."""
    today, code = clock.today(), SITES[0].code
    lead = stage.at(Role.SITE_LEAD, code)
    old = ConsentVersionInput(
        code=FORM_VERSION,
        name_zh="长期随访知情同意书",
        name_en="Consent to long-term follow-up",
        purposes=[*PURPOSES, ABROAD, "RESEARCH"],
        valid_from=today - timedelta(days=6 * 365),
        document_sha256=sha256(FORM_VERSION.encode()).hexdigest(),
    )
    consent_versions.add(lead, stage.sites[code], given=old)
    new = replace(
        old,
        code=NEW_FORM,
        purposes=[purpose.value for purpose in Purpose],
        valid_from=today - timedelta(days=20),
        document_sha256=sha256(NEW_FORM.encode()).hexdigest(),
        renews=True,
    )
    consent_versions.add(lead, stage.sites[code], given=new)


def _person(
    actor: Actor, login: Login, sites: Mapping[str, Site], products: Mapping[str, Product]
) -> User:
    user = accounts.create_user(
        actor,
        username=login.username,
        display_name=login.display_name,
        password=login.password,
        email=f"{login.username}@demo.invalid",
    )
    site: UUID | None = sites[login.site].id if login.site else None
    product: UUID | None = products[login.product].id if login.product else None
    grants.grant(
        actor,
        user,
        role=login.role,
        site=site,
        product=product,
        all_sites=site is None,
        all_products=product is None,
        ends_on=access_rules.rules().last_day(login.role, clock.today()),
    )
    return user


def treatments(actor: Actor) -> Sequence[Use]:
    """What may be given from when, out of the loaded indications."""
    rows = queries.indications(actor).filter(product__is_car_t=True, approved_from__isnull=False)
    found = []
    for row in rows:
        day = row.approved_from
        if day is None:
            continue
        known = {
            MONTH: PartialDate(day.year, day.month),
            YEAR: PartialDate(day.year),
        }.get(row.approved_precision, PartialDate.of(day))
        found.append((row.product.code, row.code, row.disease, known.latest))
    return uses(found)
