"""Drugs: a dictionary release is loaded whole, and a person codes the drugs of a case."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions.cases.editing import edit
from pv.actions.dictionary_files import (
    ReleaseRefused,
    copy_rows,
    digest_of,
    loaded_before,
    next_number,
    reading,
    search_vector,
)
from pv.domain.coding import DrugName as ReadName
from pv.domain.coding import (
    folded_term,
    initials_of,
    lexemes,
    read_drug_release,
)
from pv.domain.e2b import storage
from pv.models import Case, DrugCodingDecision, DrugDictionary, DrugName
from pv.queries import drugs

_NAME = "(release_id, code, identifier, name, folded, preferred, country, atc, substances, keys)"


@action("drug_dictionary.load", needs=Perm.REFERENCE_WRITE)
def load_release(
    actor: Actor, files: Mapping[str, bytes], *, version: str
) -> tuple[DrugDictionary, bool]:
    """Load a release from its files by name; the row, and whether it is new.

    ReleaseRefused where the files do not hold together. The same files again change nothing,
    others of the same version and format are Refused.
    """
    release = read_drug_release(files, version=version)
    if release.faults:
        raise ReleaseRefused(release.faults)
    digest = digest_of(files)
    same = {"version": release.version, "form": release.form.value}
    before = loaded_before(DrugDictionary, digest, **same)
    if before is not None:
        return before, False
    row = DrugDictionary.objects.create(
        **same,
        number=next_number(DrugDictionary),
        names=len(release.names),
        sha256=digest,
        loaded_at=clock.now(),
        loaded_by_id=actor.id,
    )
    copy_rows(f"pv_drugname {_NAME}", _rows(row, release.names))
    return row, True


def _rows(row: DrugDictionary, names: Iterable[ReadName]) -> Iterable[tuple[Any, ...]]:
    for one in names:
        keys = lexemes(row.number, one.name[:250], initials_of(one.name[:250], reading))
        yield (
            row.id,
            one.code,
            one.identifier,
            one.name,
            folded_term(one.name)[:250],
            one.preferred,
            one.country,
            " ".join(one.atc)[:200],
            "; ".join(one.substances),
            search_vector(keys),
        )


@action("case.code_drug", needs=Perm.CASE_WRITE)
def code(
    actor: Actor, case: Case, *, path: str, name: DrugName, lock_version: int
) -> DrugCodingDecision:
    """Give a drug of the current version its name in the dictionary.

    Where the dictionary has an identifier of the medicinal product, the message says it with the
    version (G.k.2.1.1a and b); a B3 release has none, and the choice is kept beside the case.
    Everything else as for any edit of a case.
    """
    root = storage.from_data(case.versions.get(number=case.current_version).message)
    known = {row.path: row for row in drugs.of_case(actor, case, root)}
    if path not in known or not known[path].key:
        raise Refused({"path": _("There is no such drug in the case.")})
    changes: dict[str, Any] = {
        f"{path}.{drugs.VERSION}": None,
        f"{path}.{drugs.IDENTIFIER}": None,
    }
    if name.identifier:
        changes[f"{path}.{drugs.VERSION}"] = name.release.version
        changes[f"{path}.{drugs.IDENTIFIER}"] = name.identifier
    row = edit(actor, case, changes=changes, lock_version=lock_version)
    words = known[path].words[:250]
    return DrugCodingDecision.objects.create(
        case=row,
        product_id=row.product_id,
        site_id=row.site_id,
        case_version=row.current_version,
        drug=known[path].key,
        verbatim=words,
        folded=folded_term(words)[:250],
        release=name.release,
        code=name.code,
        identifier=name.identifier,
        name=name.name,
        decided_by_id=actor.id,
        decided_at=clock.now(),
    )
