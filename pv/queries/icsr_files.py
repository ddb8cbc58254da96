"""ICSR files as they come: schema step, rules, round trip, difference; nothing is stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from pv.adapters import schemas
from pv.domain.e2b import checks
from pv.domain.e2b.ack import Acknowledgement, read_ack
from pv.domain.e2b.checks import Finding, Profile, Severity
from pv.domain.e2b.message import Message
from pv.domain.e2b.pairing import by_case
from pv.domain.e2b.read import iter_each, read_batch
from pv.domain.e2b.refusals import MessageRefused
from pv.domain.e2b.roundtrip import roundtrip_file
from pv.domain.e2b.versions import difference, words


class NoSuchFile(Exception):
    """A file that is not there or cannot be read."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What a receiver of `profile` would say of one file."""

    file: str
    profile: str
    schema: str
    schema_errors: tuple[str, ...]
    refused: str
    messages: int
    findings: tuple[Finding, ...]
    unplaced: tuple[tuple[str, str], ...]

    @property
    def errors(self) -> int:
        """Findings that make the receiver reject it."""
        return sum(f.severity is Severity.ERROR for f in self.findings)

    @property
    def accepted(self) -> bool:
        """Whether nothing stands against it; a schema step that did not run is no objection."""
        return not self.refused and not self.errors and self.schema != "invalid"

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "file": self.file,
            "profile": self.profile,
            "valid": self.accepted,
            "xsd": self.schema,
            "xsd_errors": list(self.schema_errors),
            "refused": self.refused or None,
            "messages": self.messages,
            "errors": self.errors,
            "warnings": len(self.findings) - self.errors,
            "findings": [
                {
                    "rule": f.rule,
                    "severity": f.severity.value,
                    "element": f.element,
                    "path": f.path,
                    "message": f.message,
                    "message_en": f.message_en,
                    "message_zh": f.message_zh,
                    "reason_en": f.reason_en,
                    "reason_zh": f.reason_zh,
                }
                for f in self.findings
            ],
            "unplaced": [list(item) for item in self.unplaced],
        }


def content(path: Path) -> bytes:
    """The bytes of a file; NoSuchFile says which one could not be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise NoSuchFile(f"{path}: {error.strerror}") from error


def _schema(data: bytes) -> schemas.SchemaReport:
    return schemas.Schemas(Path(settings.E2B_SCHEMA_ROOT)).check(data)


def examine(path: Path, profile: Profile, *, now: date) -> Examination:
    """Schema step, reader and every rule of the profile over one file."""
    data, name = content(path), str(path)
    report = _schema(data)
    problems = tuple(f"line {e.line}: {e.message}" for e in report.errors)
    try:
        batch = read_batch(data)
    except MessageRefused as refused:
        schema = report.outcome.value
        return Examination(name, profile, schema, problems, str(refused), 0, (), ())
    unplaced = [(u.path, u.value) for u in batch.unplaced]
    unplaced += [(u.path, u.value) for m in batch.messages for u in m.unplaced]
    return Examination(
        file=name,
        profile=profile.value,
        schema=report.outcome.value,
        schema_errors=problems,
        refused="",
        messages=len(batch.messages),
        findings=tuple(checks.validate(batch, profile, now=now)),
        unplaced=tuple(unplaced),
    )


def round_trip(path: Path) -> dict[str, Any]:
    """Read, write, read again: `{file, equal, xsd, unplaced, differences}` of one file."""
    data = content(path)
    base = {"file": str(path), "equal": False, "lossless": False, "xsd": "not run"}
    base |= {"unplaced": [], "tolerated": [], "differences": []}
    try:
        trip = roundtrip_file(data)
    except MessageRefused as refused:
        return {**base, "refused": str(refused)}
    return {
        "file": str(path),
        "equal": trip.equal,
        "lossless": trip.lossless,
        "tolerated": [[item.path, item.value] for item in trip.tolerated],
        "xsd": _schema(trip.written).outcome.value,
        "unplaced": [[item.path, item.value] for item in trip.unplaced],
        "differences": [
            {"path": d.path, "change": d.change.value, "en": words(d, "en"), "zh": words(d, "zh")}
            for d in trip.differences
        ],
    }


def _named(path: Path) -> tuple[Message, ...]:
    """The messages of a file; a refusal says which file it was."""
    try:
        return read_batch(content(path)).messages
    except MessageRefused as refused:
        raise NoSuchFile(f"{path}: {refused}") from refused


def compare(first: Path, second: Path) -> list[dict[str, Any]]:
    """The differences of two messages, element by element, in words of both languages."""
    one, other = _named(first), _named(second)
    found = []
    for number, (before, after) in enumerate(by_case(one, other), 1):
        if before is None or after is None:
            found.append(_alone(number, before, after))
            continue
        found += [
            {
                "message": number,
                "path": d.path,
                "change": d.change.value,
                "element": d.element,
                "en": words(d, "en"),
                "zh": words(d, "zh"),
            }
            for d in difference(before, after)
        ]
    return found


def _alone(number: int, before: Message | None, after: Message | None) -> dict[str, Any]:
    """A message that only one of two files holds."""
    message = before or after
    name = (message.text("C.1.1") or message.text("C.1.8.1") or "–") if message else "–"
    which = ("first", "第一个") if before is not None else ("second", "第二个")
    return {
        "message": number,
        "path": "",
        "change": "removed" if before is not None else "added",
        "element": "C.1.1",
        "en": f"The report {name} is only in the {which[0]} file",
        "zh": f"报告 {name} 只在{which[1]}文件中",
    }


def acknowledgement(path: Path) -> Acknowledgement:
    """A received acknowledgement; MessageRefused for anything else."""
    return read_ack(content(path))


def messages(path: Path) -> Iterator[Message | MessageRefused]:
    """The messages of a file one by one, in the memory of one; a bad one as its refusal."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise NoSuchFile(f"{path}: {error.strerror}") from error
    with file:
        yield from iter_each(file)


def messages_in(file: IO[bytes]) -> Iterator[Message | MessageRefused]:
    """The messages of an open file, as `messages` gives those of a path."""
    yield from iter_each(file)
