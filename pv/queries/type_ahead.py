"""Names of a loaded dictionary as one types: those that begin so, then those with such words."""

from uuid import UUID

from django.db import connection

from pv.domain.coding import folded_term, tsquery


def matches(
    begins: str, contains: str, *, release_id: UUID, number: int, text: str, limit: int
) -> list[int]:
    """Ids of at most `limit` names for a text, those that begin with it first.

    `begins` takes release, pattern and limit, `contains` the search query and limit. Empty for
    less than two characters.
    """
    query = tsquery(number, text)
    if not query:
        return []
    key = folded_term(text)
    like = key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    with connection.cursor() as cursor:
        cursor.execute(begins, [release_id, like, limit])
        ids = [row[0] for row in cursor.fetchall()]
        if len(ids) < limit:
            cursor.execute(contains, [query, limit])
            ids += [row[0] for row in cursor.fetchall() if row[0] not in ids]
    return ids[:limit]
