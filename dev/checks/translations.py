"""Builds the Chinese catalogue from sources and fragments (`dev.checks.translations [--check]`).

The source strings are English. Authors put their Chinese into `locale/pending/<noun>.po`; this
merges it into `locale/zh_Hans/LC_MESSAGES/django.po` and compiles that. `--check` writes nothing
and fails when the catalogue is not what the sources and fragments say, or is not complete.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import polib

from dev.paths import ROOT

CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
PENDING = ROOT / "locale" / "pending"
SOURCES = ("followup", "pv", "templates")
METADATA = {
    "Project-Id-Version": "Everwatch",
    "Language": "zh_Hans",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")
Key = tuple[str, str, str]


class Lacking(SystemExit):
    """A tool of the machine is missing; the message says how to get it."""


@dataclass
class Outcome:
    """What a build found."""

    catalogue: polib.POFile
    missing: list[polib.POEntry] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    clashing: list[str] = field(default_factory=list)


def key(entry: polib.POEntry) -> Key:
    """What makes a message the same message."""
    return (entry.msgctxt or "", entry.msgid, entry.msgid_plural or "")


def text_of(entry: polib.POEntry) -> str:
    """The Chinese of an entry; empty when there is none or it is only a guess."""
    if entry.fuzzy:
        return ""
    return str(entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr)


def extract() -> polib.POFile:
    """Every message of the sources, in the order xgettext finds them, without translations."""
    if not shutil.which("xgettext"):
        raise Lacking("xgettext is missing: apt-get install gettext")
    with tempfile.TemporaryDirectory(prefix="everwatch-words-") as name:
        folder = Path(name)
        for source in SOURCES:
            # Folders of data; a folder of templates may be called reference.
            data = ("__pycache__", "static", "migrations", "*.json", "*.psv")
            shutil.copytree(ROOT / source, folder / source, ignore=shutil.ignore_patterns(*data))
        (folder / "locale").mkdir()
        command = ["makemessages", "-l", "zh_Hans", "--add-location", "file", "-v", "0"]
        environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
        done = subprocess.run(
            [sys.executable, "-m", "django", *command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"makemessages failed:\n{done.stderr}")
        return polib.pofile(str(folder / CATALOGUE.relative_to(ROOT)))


def known(paths: Iterable[Path]) -> tuple[dict[Key, str], dict[Key, str], list[str]]:
    """Chinese by message from several files, where each came from, and where two disagree."""
    texts: dict[Key, str] = {}
    origin: dict[Key, str] = {}
    clashing: list[str] = []
    for path in paths:
        for entry in polib.pofile(str(path)):
            text = text_of(entry)
            if not text or entry.obsolete:
                continue
            if texts.get(key(entry), text) != text:
                clashing.append(f"{path.name}: {entry.msgid!r} is also {texts[key(entry)]!r}")
                continue
            texts[key(entry)] = text
            origin[key(entry)] = path.name
    return texts, origin, clashing


def build(found: polib.POFile) -> Outcome:
    """The catalogue the sources and fragments say; a fragment wins over the old catalogue."""
    fresh, origin, clashing = known(sorted(PENDING.glob("*.po")))
    old, _, _ = known([CATALOGUE] if CATALOGUE.exists() else [])
    outcome = Outcome(polib.POFile(wrapwidth=98), clashing=clashing)
    outcome.catalogue.metadata = dict(METADATA)
    entries = sorted(found, key=key)
    for entry in entries:
        made = polib.POEntry(
            msgctxt=entry.msgctxt,
            msgid=entry.msgid,
            msgid_plural=entry.msgid_plural,
            occurrences=sorted({(place, "") for place, _line in entry.occurrences}),
            flags=[flag for flag in entry.flags if flag != "fuzzy"],
        )
        text = fresh.get(key(entry)) or old.get(key(entry), "")
        if entry.msgid_plural:
            made.msgstr_plural = {0: text}
        else:
            made.msgstr = text
        outcome.catalogue.append(made)
        if not text:
            outcome.missing.append(made)
    wanted = {key(entry) for entry in entries}
    outcome.unused = [f"{origin[k]}: {k[1]!r}" for k in fresh if k not in wanted]
    return outcome


def misplaced(entry: polib.POEntry) -> bool:
    """Whether the Chinese lost or invented a placeholder: that would break the page."""
    text = text_of(entry)
    wanted = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    return bool(text) and set(PLACEHOLDER.findall(text)) != wanted


def faults(outcome: Outcome) -> list[str]:
    """Why the committed catalogue is not good; empty when it is."""
    said = [f"no Chinese: {e.msgctxt or '-'} | {e.msgid!r}" for e in outcome.missing]
    said += [f"placeholders differ: {e.msgid!r}" for e in outcome.catalogue if misplaced(e)]
    said += [f"two translations: {line}" for line in outcome.clashing]
    said += [f"not in the sources: {line}" for line in outcome.unused]
    written = CATALOGUE.read_text(encoding="utf-8") if CATALOGUE.exists() else ""
    if written != str(outcome.catalogue):
        said.append("the catalogue is not up to date: python -m dev.checks.translations")
    compiled = CATALOGUE.with_suffix(".mo")
    if not compiled.exists() or compiled.read_bytes() != outcome.catalogue.to_binary():
        said.append("the compiled catalogue is not up to date: python -m dev.checks.translations")
    return said


def main() -> int:
    """Build and write, or with `--check` only check; the exit status says whether all is well."""
    outcome = build(extract())
    if "--check" not in sys.argv[1:]:
        CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
        CATALOGUE.write_text(str(outcome.catalogue), encoding="utf-8")
        CATALOGUE.with_suffix(".mo").write_bytes(outcome.catalogue.to_binary())
    said = faults(outcome)
    sys.stdout.write("".join(f"{line}\n" for line in said))
    sys.stdout.write(f"{len(outcome.catalogue)} messages, {len(outcome.missing)} without Chinese\n")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
