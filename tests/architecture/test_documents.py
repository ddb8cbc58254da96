"""What the documents name exists: sections, commands, API examples, links, files."""

import json
import re
from pathlib import Path

import pytest

from dev.checks import check, reference_pages
from dev.paths import ROOT

DOCS = ROOT / "docs"
SOURCES = [p for package in ("followup", "pv") for p in (ROOT / package).rglob("*.py")]
PROSE = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md"), ROOT / "findings/README.md"])
CITED = re.compile(r"\bdomain (\d+(?:\.\d+)*(?:, \d+(?:\.\d+)*)*)")
EXAMPLE = re.compile(r"```http\n([A-Z]+) (\S+)\n(.*?)```", re.S)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _sections() -> set[str]:
    """Every number that opens a heading or a bold paragraph of domain.md, ranges filled in."""
    numbers = set(re.findall(r"^(?:#+ |\*\*)(\d+(?:\.\d+)*)", _text(DOCS / "domain.md"), re.M))
    for chapter, first, last in re.findall(
        r"\*\*(\d+\.\d+)\.(\d+) to \d+\.\d+\.(\d+)\*\*", _text(DOCS / "domain.md")
    ):
        numbers |= {f"{chapter}.{n}" for n in range(int(first), int(last) + 1)}
    return numbers


def test_every_section_the_code_cites_stands_in_domain_md() -> None:
    cited = {
        (number, path.name)
        for path in SOURCES
        for numbers in CITED.findall(_text(path))
        for number in numbers.split(", ")
    }
    assert len(cited) > 10
    sections = _sections()
    assert [found for found in sorted(cited) if found[0] not in sections] == []


def _operation(method: str, address: str) -> dict:
    path = re.sub(r"\{[^}]+\}", "{}", address.split("?")[0])
    for template, methods in reference_pages.schema()["paths"].items():
        if re.sub(r"\{[^}]+\}", "{}", template) == path and method.lower() in methods:
            return methods[method.lower()]
    raise AssertionError(f"{method} {address} is not in the OpenAPI document")


def _resolved(part: dict) -> dict:
    if "allOf" in part:
        return _resolved(part["allOf"][0])
    if "$ref" in part:
        return reference_pages.schema()["components"]["schemas"][part["$ref"].split("/")[-1]]
    return part


def _fits(value, part: dict) -> None:
    """The example has what is required, nothing unknown, and codes of the list."""
    part = _resolved(part)
    if isinstance(value, dict) and "properties" in part:
        assert set(value) <= set(part["properties"])
        assert set(part.get("required", [])) <= set(value)
        for name, inner in value.items():
            _fits(inner, part["properties"][name])
    elif isinstance(value, list):
        for inner in value:
            _fits(inner, part["items"])
    elif isinstance(value, str):
        choices = [c for one in part.get("oneOf", [part]) for c in _resolved(one).get("enum", [])]
        assert not choices or value in choices


@pytest.mark.parametrize(("method", "address", "body"), EXAMPLE.findall(_text(DOCS / "api.md")))
@pytest.mark.requirement("ASVS-2.1.1")
def test_example_of_the_api_guide_is_as_the_document_says(method, address, body) -> None:
    operation = _operation(method, address)
    if "?" in address:
        names = {p["name"] for p in operation["parameters"]}
        assert {pair.split("=")[0] for pair in address.split("?")[1].split("&")} <= names
    if body.strip():
        contents = operation["requestBody"]["content"]
        content = contents.get("application/json") or contents["application/fhir+json"]
        _fits(json.loads(body), content["schema"])
    else:
        assert method == "GET" or "application/xml" in operation["requestBody"]["content"]


def test_the_api_guide_has_an_example_for_every_noun() -> None:
    nouns = {path.split("/")[3] for path, _, _ in reference_pages.operations()} - {"schema"}
    shown = {address.split("/")[3] for _, address, _ in EXAMPLE.findall(_text(DOCS / "api.md"))}
    assert nouns <= shown


@pytest.mark.parametrize("path", PROSE, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_to_files(path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", _text(path))
    own = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in own if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", PROSE, ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_of_the_documents_exist(path) -> None:
    text = _text(path)
    folders = (ROOT / "followup", ROOT / "pv")
    modules = {p.stem for folder in folders for p in folder.glob("**/management/commands/*.py")}
    django = {"migrate", "check", "makemigrations", "createcachetable"}
    named = set(re.findall(r"(?:\./run manage|manage\.py) ([a-z][a-z_0-9]+)", text))
    assert named - modules - django == set()
    script = set(re.findall(r"^ {4}([a-z]+)\) ", _text(ROOT / "run"), re.M))
    assert set(re.findall(r"\./run ([a-z]+)\b", text)) - script - {"help"} == set()


@pytest.mark.parametrize("path", PROSE, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_the_documents_name_exist(path) -> None:
    named = set(
        re.findall(
            r"`((?:followup|pv|dev|tests|docs|docker|templates|locale|findings|bench)/[\w/.-]+)`",
            _text(path),
        )
    )
    places = (ROOT, ROOT / "templates")
    assert [n for n in sorted(named) if not any((p / n).exists() for p in places)] == []


@pytest.mark.requirement("ASVS-7.1.1")
def test_every_variable_of_the_settings_is_explained_to_operators() -> None:
    read = {
        name
        for path in (ROOT / "pv/config").glob("*.py")
        for name in re.findall(
            r"\b(?:env\.\w+|[a-z_]+)\(\s*[\"']([A-Z][A-Z_]{5,})[\"']", _text(path)
        )
    } - {"DJANGO_SETTINGS_MODULE", "OPTIONS"}
    explained = set(re.findall(r"`([A-Z][A-Z_]{5,})(?:=1)?`", _text(DOCS / "operations.md")))
    assert {"DATABASE_OWNER_URL", "IDENTITY_KEYS"} <= read
    assert read - explained == set()


def test_the_hooks_before_a_commit_call_judgements_that_exist() -> None:
    hooks = _text(ROOT / ".pre-commit-config.yaml")
    names = {n for line in re.findall(r"entry: \./run check (.+)", hooks) for n in line.split()}
    assert names <= {one.name for one in check.checks()}
    assert re.findall(r"repo: (\S+)", hooks) == ["local"]
