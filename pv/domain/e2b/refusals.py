"""Why a message, batch or acknowledgement was refused: a code for the doors to translate.

The product's own rule, after domain 6.
"""

from enum import StrEnum


class Refusal(StrEnum):
    """Every reason this package refuses input; the label in words belongs to the doors."""

    NOT_XML = "not_xml"
    DOCTYPE = "doctype"
    E2B_R2 = "e2b_r2"
    E2B_R2_ACKNOWLEDGEMENT = "e2b_r2_acknowledgement"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    TOO_MANY = "too_many"
    NOT_ICSR_BATCH = "not_icsr_batch"
    NOT_ACKNOWLEDGEMENT = "not_acknowledgement"
    NOT_JSON = "not_json"
    UNKNOWN_ELEMENT = "unknown_element"
    CONTROL_CHARACTER = "control_character"
    ATTACHMENT_NOT_BASE64 = "attachment_not_base64"


# The reason in words; the doors with a reader's language translate them.
SENTENCES = {
    Refusal.NOT_XML: "This is no readable XML file.",
    Refusal.DOCTYPE: "The file has a document type (DOCTYPE), which E2B(R3) does not have.",
    Refusal.E2B_R2: "This is an E2B(R2) file: its reports can be imported, but it is neither "
    "validated nor written back.",
    Refusal.E2B_R2_ACKNOWLEDGEMENT: "This is an acknowledgement of E2B(R2); only those of E2B(R3) "
    "are read.",
    Refusal.TOO_LARGE: "The file is too large.",
    Refusal.TOO_DEEP: "The file is nested too deeply.",
    Refusal.TOO_MANY: "The file holds too much to be read at once.",
    Refusal.NOT_ICSR_BATCH: "The file is no batch of E2B(R3) safety reports.",
    Refusal.NOT_ACKNOWLEDGEMENT: "The file is no acknowledgement of E2B(R3).",
    Refusal.NOT_JSON: "The stored message has another form than this version writes.",
    Refusal.UNKNOWN_ELEMENT: "The element is not in the element table.",
    Refusal.CONTROL_CHARACTER: "The text holds a control character, which XML cannot hold.",
    Refusal.ATTACHMENT_NOT_BASE64: "The attached document is not encoded as base64.",
}


class MessageRefused(Exception):
    """Input that cannot be taken; ``code`` is a `Refusal`, ``detail`` a fact to look for."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = Refusal(code)
        self.detail = detail
        super().__init__(f"{SENTENCES[self.code]} ({detail})" if detail else SENTENCES[self.code])
