"""What a file that was sent is found to be, before it is kept beside any record."""

import hashlib
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.core import photographs
from followup.core.photographs import Photograph
from followup.core.problems import Refused
from followup.core.security import malware
from followup.domain.files import (
    MOST_PIXELS,
    FaultyFile,
    FileFault,
    FileType,
    check_pdf,
    type_of,
)

FAULTS = {
    FileFault.EMPTY: gettext_lazy("The file is empty. Choose it again."),
    FileFault.TOO_LARGE: gettext_lazy(
        "The file is larger than 10 MB (or 60 million pixels). Send the pages that matter, or take "
        "the photograph in a smaller size."
    ),
    FileFault.UNKNOWN_TYPE: gettext_lazy(
        "This is no PDF, JPEG or PNG, whatever its name says. Save or print it as PDF, or take a "
        "photograph of it."
    ),
    FileFault.TRUNCATED: gettext_lazy("The PDF is cut off. Save it again and choose it again."),
    FileFault.ENCRYPTED: gettext_lazy(
        "The PDF is protected with a password, so nobody can check it. Print it as a new PDF."
    ),
    FileFault.ACTIVE: gettext_lazy(
        "The PDF holds scripts, programs or other files. Print it as a new PDF."
    ),
    FileFault.NO_PAGE: gettext_lazy(
        "The PDF has a head and an end but no page. Save or print it again and look at it first."
    ),
    FileFault.UNREADABLE: gettext_lazy("The file cannot be read. Save it again, or photograph it."),
}


@dataclass(frozen=True, slots=True)
class Intake:
    """A file as it is kept, its type, the hash of what was sent, and what the scanner said."""

    kind: FileType
    kept: Photograph = field(repr=False)
    sent_sha256: str
    scan: malware.Scan

    @property
    def facts(self) -> dict[str, object]:
        """What the row of a file says of its content, by column."""
        content = self.kept.content
        return {
            "media_type": self.kind.value,
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "sent_sha256": self.sent_sha256,
            "scan": "CLEAN" if self.scan.clean else "NOT_SCANNED",
        }


def checked(content: bytes) -> Intake:
    """The file as it is kept; a picture is encoded again.

    Refused: another type, too large, a PDF that acts, malware.
    """
    kind, kept = _prepared(content)
    return Intake(kind, kept, hashlib.sha256(content).hexdigest(), _scanned(content))


def _prepared(content: bytes) -> tuple[FileType, Photograph]:
    try:
        kind = type_of(content)
        if kind is FileType.PDF:
            check_pdf(content)
            return kind, Photograph(content, b"")
        return kind, photographs.encode_again(content, kind.name, most=MOST_PIXELS)
    except FaultyFile as faulty:
        raise _refusal(faulty.fault) from faulty
    except photographs.TooLarge as error:
        raise _refusal(FileFault.TOO_LARGE) from error
    except photographs.Unreadable as error:
        raise _refusal(FileFault.UNREADABLE) from error


def _refusal(fault: FileFault) -> Refused:
    return Refused({"file": str(FAULTS[fault])})


def _scanned(content: bytes) -> malware.Scan:
    try:
        return malware.scan(content)
    except malware.Malicious as finding:
        text = _("The malware scanner found %(name)s in this file. It is not kept.")
        raise Refused({"file": text % {"name": finding}}) from finding
    except malware.Unavailable as problem:
        text = _("The malware scanner does not answer, so no file is taken. Try again later.")
        raise Refused({"file": text}) from problem
