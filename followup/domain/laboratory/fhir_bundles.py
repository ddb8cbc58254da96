"""The resources of a FHIR R4 bundle and what their references lead to.

Source: HL7 FHIR 4.0.1: Bundle (resolving references), DomainResource.contained, DiagnosticReport.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from followup.domain.laboratory.fhir_values import Json, identifiers, mapping, rows, text


@dataclass(frozen=True, slots=True)
class Found:
    """An observation: its place, the resource it is contained in (else itself), its report.

    `name` is what the sender calls it, the same for its correction; empty for none.
    """

    place: str
    resource: Json
    within: Json
    name: str
    report: Json | None = None


class Bundle:
    """A bundle by its entries; `faults` are entries that ask for what is not done here."""

    def __init__(self, bundle: Json) -> None:
        self.entries: list[tuple[str, str, Json]] = []
        self.faults: list[tuple[str, str]] = []
        self._known: dict[str, Json] = {}
        for place, entry in enumerate(map(mapping, rows(bundle.get("entry")))):
            resource, address = mapping(entry.get("resource")), text(entry.get("fullUrl"))
            method = mapping(entry.get("request")).get("method")
            if method in ("DELETE", "PATCH"):
                self.faults.append((f"Bundle.entry[{place}].request.method", "not-supported"))
                continue
            self.entries.append((f"Bundle.entry[{place}].resource", address, resource))
            for known in (address, _short(resource)):
                if known:
                    self._known[known] = resource
        self._reports = self._of_reports()

    def resolved(self, reference: object, within: Json) -> Json:
        """What a reference leads to: contained in the same resource, or an entry; else nothing."""
        target = text(mapping(reference).get("reference"))
        if target.startswith("#"):
            inside = map(mapping, rows(within.get("contained")))
            return next((one for one in inside if text(one.get("id")) == target[1:]), {})
        target = re.sub(r"/_history/[^/]*$", "", target)
        return self._known.get(target) or self._known.get("/".join(target.split("/")[-2:])) or {}

    def of_kind(self, kind: str) -> Iterator[Json]:
        """The resources of a kind, entries before those contained in them."""
        for _place, _address, resource in self.entries:
            if resource.get("resourceType") == kind:
                yield resource
            for one in map(mapping, rows(resource.get("contained"))):
                if one.get("resourceType") == kind:
                    yield one

    def observations(self) -> Iterator[Found]:
        """Every observation of the bundle, with the report it is a result of."""
        for place, address, resource in self.entries:
            if resource.get("resourceType") == "Observation":
                name = _own_name(resource) or _lasting(address)
                yield Found(place, resource, resource, name, self._reports.get(id(resource)))
            outer = _own_name(resource) or _lasting(address)
            for number, inner in enumerate(map(mapping, rows(resource.get("contained")))):
                if inner.get("resourceType") != "Observation":
                    continue
                own = next(iter(identifiers(inner)), "")
                local = text(inner.get("id"))  # means nothing outside the resource around it
                name = own or (f"{outer}#{local}" if outer and local else "")
                report = resource if resource.get("resourceType") == "DiagnosticReport" else None
                yield Found(f"{place}.contained[{number}]", inner, resource, name, report)

    def _of_reports(self) -> dict[int, Json]:
        found: dict[int, Json] = {}
        for _place, _address, resource in self.entries:
            if resource.get("resourceType") == "DiagnosticReport":
                for reference in rows(resource.get("result")):
                    found.setdefault(id(self.resolved(reference, resource)), resource)
        return found


def _own_name(resource: Json) -> str:
    return next(iter(identifiers(resource)), "") or text(resource.get("id"))


def _lasting(address: str) -> str:
    """An address that is the same in no other bundle for another resource; else none."""
    kept = re.fullmatch(r"(?:urn:uuid:[0-9a-f-]{36}|https?://\S+)", address, re.IGNORECASE)
    return address if kept else ""


def _short(resource: Json) -> str:
    kind, name = text(resource.get("resourceType")), text(resource.get("id"))
    return f"{kind}/{name}" if name else ""
