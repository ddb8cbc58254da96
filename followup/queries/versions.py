"""Versions of what a figure depends on beside the data: reference documents and the program."""

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings

from followup.models import ReferenceItem


def reference_versions() -> dict[str, str]:
    """The loaded reference documents by name, with version and hash, for a manifest."""
    rows = ReferenceItem.objects.filter(kind="document").order_by("code", "loaded_at")
    found = rows.values_list("code", "version", "sha256")
    return {code: f"{version} {sha256[:12]}" for code, version, sha256 in found}


@cache
def code_version() -> str:
    """A hash over the source of the running program, which no one can forget to raise."""
    digest = hashlib.sha256()
    for package in ("followup", "pv"):
        for path in sorted((Path(settings.BASE_DIR) / package).rglob("*.py")):
            digest.update(path.relative_to(settings.BASE_DIR).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
