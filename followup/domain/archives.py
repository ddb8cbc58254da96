"""Archives from outside: how large one may become is asked before anything of it is unpacked.

The sizes a ZIP states are binding: `zipfile` reads no byte of a member beyond them.
The product's own bounds; the weakness is CWE-409.
"""

import zipfile
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ArchiveBounds:
    """At most so many members, and so many bytes of all of them unpacked."""

    members: int
    unpacked: int


# A workbook of 20,000 rows and 100 columns; a set of schemas; a quarter of FAERS.
WORKBOOK = ArchiveBounds(members=1_000, unpacked=300_000_000)
SCHEMAS = ArchiveBounds(members=2_000, unpacked=200_000_000)
FAERS_QUARTER = ArchiveBounds(members=200, unpacked=20_000_000_000)


class ArchiveTooLarge(ValueError):
    """The archive has too many members, or would be too large unpacked."""


def check(archive: zipfile.ZipFile, bounds: ArchiveBounds) -> None:
    """ArchiveTooLarge when the archive, by what it states, is over its bounds."""
    members = archive.infolist()
    if len(members) > bounds.members:
        raise ArchiveTooLarge(f"{len(members)} members, at most {bounds.members}")
    size = sum(member.file_size for member in members)
    if size > bounds.unpacked:
        raise ArchiveTooLarge(f"{size} bytes unpacked, at most {bounds.unpacked}")
