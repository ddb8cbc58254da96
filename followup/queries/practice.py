"""Practice patients: a number for the bag there is none of."""

from followup.domain.practice import WORD
from followup.models import Infusion, Site


def unused_number(site: Site) -> str:
    """A chain-of-identity number to invent for the next practice patient of a site.

    With the code of the site in it, so that two sites never choose the same one.
    """
    given = Infusion.objects.filter(patient__practice_row__isnull=False, patient__site=site)
    used = {number.upper() for number in given.values_list("chain_of_identity", flat=True)}
    numbers = (f"{WORD}-{site.code}-{number}".upper() for number in range(1, len(used) + 2))
    return next(number for number in numbers if number not in used)
