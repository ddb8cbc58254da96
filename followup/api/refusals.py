"""What the API answers instead of a result, written into the OpenAPI document of every operation.

The bodies are those of `followup.core.http.errors`; which status stands for what: docs/api.md.
"""

from typing import Any

_TEXTS = {"type": "array", "items": {"type": "string"}}
_CHANGES = {"type": "object", "additionalProperties": {"type": "array", "items": {}}}

REFUSAL: dict[str, Any] = {
    "type": "object",
    "description": "Why nothing was done; `fields` names what needs attention.",
    "properties": {
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "`confirm`, `duplicate` and the like."},
        "fields": {"type": "object", "additionalProperties": _TEXTS},
        "questions": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "confirm": {"type": "string"},
                    "field": {"type": "string"},
                    "text": {"type": "string"},
                },
                "required": ["confirm", "field", "text"],
            },
        },
        "differences": _CHANGES,
        "opened": {"type": "object", "additionalProperties": {}},
        "version": {"type": "integer"},
        "saved_by": {"type": "string"},
        "saved_at": {"type": "string", "format": "date-time"},
    },
    "required": ["detail"],
}
MISREAD: dict[str, Any] = {
    "type": "object",
    "description": "The problems by the name of their field, or `detail` for the whole body.",
    "additionalProperties": {},
}
ALWAYS = {
    "401": "No valid token.",
    "403": "Not permitted.",
    "404": "Not there, or not yours; the two look alike.",
    "406": "Only JSON is spoken here.",
    "422": "Refused, with the reason and the field.",
    "429": "Too often; Retry-After says when.",
    "503": "The database is away; ask again.",
}
WITH_BODY = {
    "400": "Not understood.",
    "409": "Changed meanwhile, with what differs.",
    "415": "Not a content type that is read here.",
}
FHIR = "application/fhir+json"
READING = {"400": WITH_BODY["400"]}  # a query parameter that the operation does not have


def document_refusals(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """The document with the refusals of every operation, beside what a view says of its own."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas |= {"Refusal": REFUSAL, "Misread": MISREAD}
    for methods in result["paths"].values():
        for method, operation in methods.items():
            answers = operation["responses"]
            # A refusal of the document itself is written like the document: YAML where asked for.
            kinds = ["application/json"]
            kinds += [kind for kind in answers.get("200", {}).get("content", {}) if "oai" in kind]
            # A call of FHIR is refused in FHIR, whatever is wrong with it.
            outcome = answers.get("201", {}).get("content", {}).get(FHIR)
            kinds += [FHIR] if outcome else []
            more = WITH_BODY if "requestBody" in operation else READING if method == "get" else {}
            for code, text in (ALWAYS | more).items():
                own = answers.get(code, {}).get("content", {}).get("application/json") or outcome
                body = {"$ref": f"#/components/schemas/{'Misread' if code == '400' else 'Refusal'}"}
                schema = {"oneOf": [own["schema"], body]} if own else body
                answers[code] = {
                    "description": text,
                    "content": {
                        kind: outcome if kind == FHIR else {"schema": schema} for kind in kinds
                    },
                }
            operation["responses"] = dict(sorted(answers.items()))
    return result
