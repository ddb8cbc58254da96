"""`docs/security.md` says what the code does."""

import ast
import csv
import importlib
import json
import math
import re
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from dev.paths import ROOT
from followup.core.permissions import ROLES, Perm, Role
from followup.core.security import one_time_codes
from followup.domain.files import FileType
from followup.models import Identity
from tests import factories

TEXT = (ROOT / "docs" / "security.md").read_text()
SOURCES = [path for folder in ("followup", "pv") for path in sorted((ROOT / folder).rglob("*.py"))]
# What makes, seals, signs or compares a secret; sums that are no secret are `hashlib`.
LIBRARIES = {
    *("cryptography", "joserfc", "authlib", "fido2", "pyhanko", "asyncssh", "asn1crypto"),
    *("secrets", "hmac"),
}


def section(title: str) -> str:
    return TEXT.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows(title: str, table: int = 0) -> list[list[str]]:
    """The cells of a table of a section, without its heading."""
    tables = re.findall(r"(?:^\|.*\n)+", section(title) + "\n", re.M)
    lines = tables[table].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def value_of(place: str) -> Any:
    """What stands at `settings.NAME` or `module.NAME` or `module.NAME.field`."""
    if place.startswith("settings."):
        return getattr(settings, place.partition(".")[2])
    parts = place.split(".")
    cut = next(n for n, part in enumerate(parts) if part.isupper())
    module = importlib.import_module(".".join(parts[:cut]))
    return reduce(getattr, parts[cut:], module)


def plain(cell: str) -> str:
    return cell.strip("`")


@pytest.mark.requirement("ASVS-2.1.3", "ASVS-6.1.1", "ASVS-6.1.3", "ASVS-7.1.2")
def test_limits_are_those_of_the_code() -> None:
    found = rows("Limits")
    said = {plain(place): value for _what, place, value in found}
    assert {place: str(value_of(place)) for place in said} == said
    assert len(said) > 20
    (length,) = (one for one in settings.AUTH_PASSWORD_VALIDATORS if "MinimumLength" in one["NAME"])
    assert f"has {length['OPTIONS']['min_length']} characters or more" in TEXT
    assert settings.AXES_LOCKOUT_PARAMETERS == [["username", "ip_address"]]
    rate = re.findall(
        r'(?:API_RATE|PAGE_RATE)", "(\d+)/min"', (ROOT / "pv/config/settings.py").read_text()
    )
    assert re.findall(r"(\d+) (?:pages|API requests)", section("Limits")) == rate == ["600", "600"]


@pytest.mark.requirement("ASVS-5.1.1")
def test_files_are_bounded_as_the_page_says() -> None:
    found = rows("Files")
    for _what, _kinds, size, place in found:
        assert str(value_of(plain(place))) == size
    endings = {kind.value.partition("/")[2].replace("jpeg", "jpg") for kind in FileType}
    assert {plain(one).strip(".") for one in found[0][1].split(" ")} == endings


@pytest.mark.requirement("ASVS-8.1.2", "ASVS-14.1.2")
def test_each_class_of_data_says_who_reads_it_and_how_it_is_kept() -> None:
    with (ROOT / "docs" / "personal-data.csv").open() as file:
        used = {row["class"] for row in csv.DictReader(file)}
    found = {plain(row[0]): row for row in rows("Data classes")}
    assert set(found) == used
    assert all(len(row) == 6 and all(row) for row in found.values())
    for name in re.findall(r"`([a-z]+\.[a-z]+)`", found["identity"][2]):
        assert Perm(name)
    reads = {role for role, spec in ROLES.items() if Perm.IDENTITY_READ in spec.permissions}
    assert {str(role) for role in reads} == {"nurse", "physician", "site_lead"}


@pytest.mark.django_db
@pytest.mark.requirement("ASVS-14.2.4")
def test_identities_are_sealed_as_the_page_says() -> None:
    site = factories.make_site()
    patient = factories.register(factories.make_actor(Role.NURSE, site=site), site)
    with (ROOT / "docs" / "personal-data.csv").open() as file:
        columns = [row for row in csv.DictReader(file) if row["class"] == "identity"]
    sealed = [row["column"] for row in columns if row["table"] == "followup_identity"]
    (kept,) = Identity.objects.filter(patient=patient).values(*sealed)
    assert kept["name_sealed"]
    for name, value in kept.items():
        if name.endswith("_sealed"):
            assert not value or re.fullmatch(r"v\d\.\w+\.[A-Za-z0-9+/=]{38,}", value), name
        elif name != "document_kind":
            tokens = value if isinstance(value, list) else [value]
            assert all(token is None or len(bytes(token)) == 16 for token in tokens), name
    # Beside identities: whole files, which are sealed too, and the sealed fields of a draft.
    others = {row["column"] for row in columns} - set(sealed)
    assert others == {"fields", "content_sealed", "thumbnail_sealed"}


def imports(path: Path) -> Iterator[str]:
    """First names of the packages a module imports, at once or when first used."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names):
                yield from (alias.name.partition(".")[0] for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]
            case ast.Call(func=ast.Name("lazy"), args=[ast.Constant(str(name))]):
                yield name.partition(".")[0]


@pytest.mark.requirement("ASVS-11.1.2", "ASVS-11.2.1")
def test_every_module_that_uses_cryptography_is_listed() -> None:
    used = {str(p.relative_to(ROOT)) for p in SOURCES if LIBRARIES & set(imports(p))}
    assert {plain(row[0]) for row in rows("Cryptography")} == used
    unknown = {"Crypto", "Cryptodome", "nacl", "rsa", "ecdsa", "pyaes", "OpenSSL", "M2Crypto"}
    assert [str(p) for p in SOURCES if unknown & set(imports(p))] == []


@pytest.mark.requirement("ASVS-11.2.1")
def test_sums_are_of_the_algorithms_the_page_names() -> None:
    used: dict[str, set[str]] = {}
    for path in SOURCES:
        for name in re.findall(r"hashlib\.(\w+)", path.read_text()):
            used.setdefault(name, set()).add(str(path.relative_to(ROOT)))
    assert used.keys() == {"sha256", "sha1", "blake2b", "new", "file_digest"}
    assert used["sha1"] == {"followup/core/security/password_rules.py"}
    assert all(path.startswith("pv/adapters/as2/") for path in used["new"])
    for path in SOURCES:
        named = re.findall(r'file_digest\([^)]*"(\w+)"', path.read_text())
        assert set(named) <= {"sha256"}, path


@pytest.mark.requirement("ASVS-11.1.1")
def test_each_key_has_an_owner_and_an_end() -> None:
    found = rows("Cryptography", 1)
    assert all(len(row) == 4 and all(row) for row in found)
    named = {name for row in found for name in re.findall(r"`([A-Z_]+)`", row[0])}
    assert named == {
        "IDENTITY_KEYS",
        "BLIND_INDEX_KEY",
        "SECRET_KEY",
        "BACKUP_KEYS",
        "METRICS_TOKEN",
    }
    assert "NIST SP 800-57" in section("Cryptography")


@pytest.mark.requirement("ASVS-16.1.1")
def test_every_logger_is_listed() -> None:
    used = {
        name
        for p in SOURCES
        for name in re.findall(r'getLogger\("(everwatch\.\w+)"', p.read_text())
    }
    assert {plain(row[0]) for row in rows("Logs")} == used


@pytest.mark.requirement("ASVS-15.1.3")
def test_every_kind_of_job_is_listed() -> None:
    used = {
        str(p.relative_to(ROOT))
        for p in SOURCES
        if re.search(r"^@jobs\.handler\(", p.read_text(), re.M)
    }
    assert set(re.findall(r"`([a-z_/]+\.py)`", section("What takes long"))) == used
    assert len(used) > 10


@pytest.mark.requirement("ASVS-15.1.1", "ASVS-15.2.1")
def test_times_of_patches_are_promised_and_a_hole_that_is_closed_names_its_version() -> None:
    days = [int(row[1].split(" ")[0]) for row in rows("Parts of others, and when they are raised")]
    assert days == sorted(days)
    assert days[0] <= 7
    floors = json.loads((ROOT / "dev/checks/security_floors.json").read_text())["floors"]
    assert all(row["hole"].startswith("CVE-") for row in floors)


@pytest.mark.requirement("ASVS-6.5.2", "ASVS-11.5.1")
def test_what_must_not_be_guessed_has_128_bits() -> None:
    rules = json.loads((ROOT / "followup/reference/sign_in.json").read_text())
    bits = rules["recovery_length"] * math.log2(len(one_time_codes.RECOVERY_ALPHABET))
    assert bits >= 128
    made = {one_time_codes.new_recovery_code(rules["recovery_length"]) for _number in range(100)}
    assert len(made) == 100
    seeds = ROOT / "followup" / "actions" / "source_verifications.py"  # of a sample: no secret
    for path in set(SOURCES) - {seeds}:
        for size in re.findall(r"secrets\.token_(?:urlsafe|hex|bytes)\((\d+)\)", path.read_text()):
            assert int(size) >= 16, path
