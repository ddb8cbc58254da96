"""Loading a licensed dictionary: read whole, kept once per version, copied in portions."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _

from followup.core.problems import Refused
from followup.lazy_modules import lazy
from pv.domain.coding import DrugFault, ReleaseFault
from pv.models import DictionaryRelease, DrugDictionary

if TYPE_CHECKING:
    import pypinyin
else:
    pypinyin = lazy("pypinyin")  # its tables take 50 MB

Loaded = TypeVar("Loaded", DictionaryRelease, DrugDictionary)
_ROWS = 10_000  # per statement, each of which is one entry of the trail


class ReleaseRefused(Refused):
    """A release that does not hold together: `faults` name the file, the line and the reason."""

    def __init__(self, faults: Iterable[ReleaseFault | DrugFault]) -> None:
        super().__init__(
            _("The release is not loaded: its files do not hold together."), code="release"
        )
        self.faults = tuple(faults)


def loaded_before(model: type[Loaded], digest: str, **same: str) -> Loaded | None:
    """The row of a version that was loaded from these very files, None for a new version.

    Refused when it was loaded from other files: a loaded version is never rewritten.
    """
    before = model._default_manager.filter(**same).first()
    if before is not None and before.sha256 != digest:
        raise Refused(
            _("%(release)s was loaded from other files. A loaded version is never rewritten.")
            % {"release": before}
        )
    return before


def next_number(model: type[Loaded]) -> int:
    """The number the search keys of the next release begin with."""
    return (model._default_manager.aggregate(last=Max("number"))["last"] or 0) + 1


def digest_of(files: Mapping[str, bytes]) -> str:
    """SHA-256 over the files in order of name, each with its name and length in front."""
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(f"{name} {len(files[name])}\n".encode())
        total.update(files[name])
    return total.hexdigest()


@cache
def reading(sign: str) -> str:
    """The pinyin of one character."""
    return str(pypinyin.pinyin(sign, style=pypinyin.Style.NORMAL)[0][0])


def search_vector(keys: Iterable[str]) -> str:
    """Search keys as PostgreSQL reads a tsvector."""
    return " ".join("'" + key.replace("\\", "\\\\").replace("'", "''") + "'" for key in keys)


def copy_rows(target: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY in portions: the trigger that writes the trail sees each portion as one set."""
    held = list(rows)
    with connection.cursor() as cursor:
        for start in range(0, len(held), _ROWS):
            with cursor.copy(f"COPY {target} FROM STDIN") as copy:
                for row in held[start : start + _ROWS]:
                    copy.write_row(row)
