"""The details of an infusion as they are recorded, and what of its product decides about them."""

from decimal import Decimal

from followup.core import clock, naming
from followup.core.actor import Actor
from followup.core.problems import NotFound
from followup.domain import infusion_details as rules
from followup.domain.dates import PartialDate
from followup.domain.infusion_details import InfusionDetails, Setting
from followup.models import Infusion, Product
from followup.queries import codes, reference

PARTIAL = {"apheresis_on": "apheresis_on_text"}  # where the column has another name than the answer


def title(name: str) -> str:
    """What a detail is called, in the reader's language."""
    return naming.column(PARTIAL.get(name, name), Infusion._meta.db_table)


def recorded(row: Infusion) -> InfusionDetails:
    """What is recorded of an infusion."""
    same = {name: getattr(row, name) for name in rules.NAMES if name not in PARTIAL}
    collected = row.apheresis_on_text
    return InfusionDetails(
        **same, apheresis_on=PartialDate.from_iso(collected) if collected else None
    )


def asked(product: Product) -> frozenset[str]:
    """The names of what is asked of a product."""
    return rules.asked(car_t=product.is_car_t, atmp_class=product.atmp_class)


def setting(row: Infusion) -> Setting:
    """What the rules know of the infusion the details are of."""
    agents = frozenset(filter(None, row.lymphodepletion.split("+")))
    in_codes = bool(agents) and agents <= {
        code for code, _en, _zh in codes.items("lymphodepletion")
    }
    return Setting(
        infused_on=row.infused_on,
        now=clock.now().astimezone(clock.SHANGHAI),
        asked=asked(row.product),
        birth_year=row.patient.birth_year,
        dose=row.dose_cells,
        agents=agents if in_codes else None,
    )


def ranges() -> dict[str, tuple[Decimal, Decimal]]:
    """The usual range of each number that is asked back outside of it."""
    known = ((name, codes.plausible_range(name)) for name in rules.RANGES)
    return {name: (Decimal(row["low"]), Decimal(row["high"])) for name, row in known if row}


def costimulation(actor: Actor, product: Product) -> str:
    """The code of the costimulatory domain; empty where the data of the product have none."""
    try:
        data = reference.current(actor, "product", product.code).data
    except NotFound:  # entered here by two persons: no document says more of it
        return ""
    return data.get("costimulation") or ""
