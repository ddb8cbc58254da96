"""What can be owed: each source of obligations states its rows in SQL once, for every reader."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from psycopg import sql

from followup.core import extensions
from followup.core.actor import Actor
from followup.core.permissions import ROLES, Perm
from followup.domain import reminders
from followup.domain.reminders import Ladder, Retry, Rung
from followup.queries import calls, reference

_PRODUCT_LABEL = """coalesce(nullif(concat_ws(' ', nullif(product.brand_zh, ''),
    nullif(product.brand_en, '')), ''), product.inn)"""


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """An obligation as it is at this moment. `mark` is a code its title may speak of."""

    kind: str
    key: str
    target: str
    due_version: int
    opens: date
    due: date
    label: str
    mark: str


@dataclass(frozen=True, slots=True)
class ObligationSource:
    """One kind of obligation.

    `owed` selects key, target, due_version, opens, due, label, mark, site_id, product_id and
    silence (why nobody is to be reminded, empty when somebody is) of the rows that meet
    `{condition}`; in it `{product}` is what a reminder calls a row of the table `product`, and
    `{left_out}` whether a row of the table `patient` is nobody to follow. `crossing` states for
    each anchor the open rows whose anchor lies between %(first)s and %(last)s, `open_keys` and
    `any_keys` the (open) rows of %(keys)s. `touched` selects the keys of rows the trail's entries
    that meet `{fresh}` speak of and that had opened by %(today)s. `needs` is what a role must hold
    to be reminded, `page` the name of the URL a notice leads to. Of a `personal` source `owed` also
    selects person, whom alone it concerns; NULL concerns every entitled reader. One that `informs`
    says what happened and owes nothing: no days are counted. `title` puts the obligation into words
    of the current language, without any patient data.
    """

    kind: str
    needs: Perm
    page: str
    owed: str
    crossing: Mapping[str, str]
    open_keys: str
    any_keys: str
    touched: str
    title: Callable[[NoticeFacts], str]
    personal: bool = False
    informs: bool = False

    def statement(self, condition: str) -> sql.Composed:
        """The rows owed that meet a condition."""
        return sql.SQL(self.owed).format(
            condition=sql.SQL(condition),
            product=sql.SQL(_PRODUCT_LABEL),
            left_out=sql.SQL(calls.LEFT_OUT),
        )

    def roles(self, rung: Rung) -> list[str]:
        """The roles of a rung that also hold the right; data alone can never widen it."""
        return [role for role in rung.roles if role in self.entitled]

    @property
    def entitled(self) -> list[str]:
        """Every role that holds the right."""
        return [role.value for role, spec in ROLES.items() if self.needs in spec.permissions]


@lru_cache(maxsize=1)
def registered() -> Mapping[str, ObligationSource]:
    """The sources of all applications, by kind."""
    lists = (added.reminders() for added in extensions.registered())
    return {
        source.kind: source
        for each in lists
        for source in each
        if isinstance(source, ObligationSource)
    }


def _document() -> Mapping[str, object]:
    return reference.document(Actor.process("sweep"), "reminders")


def ladder(kind: str) -> Ladder:
    """The ladder of a kind as loaded; KeyError when the reference data has none."""
    return reminders.ladders(_document())[kind]


def ladder_titles(*, chinese: bool) -> Mapping[str, str]:
    """What each kind of obligation is called, as loaded."""
    return reminders.titles(_document(), chinese=chinese)


def retry() -> Retry:
    """How mail is repeated, as loaded."""
    return reminders.retry(_document())


def kind_of(obligation: str) -> str:
    """The kind in "visit:123"."""
    return obligation.partition(":")[0]


def key_of(obligation: str) -> str:
    """The key in "visit:123"."""
    return obligation.partition(":")[2]
