"""Why a message, batch or acknowledgement was refused: a code for the doors to translate."""

from enum import StrEnum


class Refusal(StrEnum):
    """Every reason this package refuses input; the label in words belongs to the doors."""

    NOT_XML = "not_xml"
    DOCTYPE = "doctype"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    TOO_MANY = "too_many"
    NOT_ICSR_BATCH = "not_icsr_batch"
    NOT_ACKNOWLEDGEMENT = "not_acknowledgement"
    NOT_JSON = "not_json"
    UNKNOWN_ELEMENT = "unknown_element"
    CONTROL_CHARACTER = "control_character"
    ATTACHMENT_NOT_BASE64 = "attachment_not_base64"


class MessageRefused(Exception):
    """Input that cannot be taken; ``code`` is a `Refusal`, ``detail`` a fact for the log."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = Refusal(code)
        self.detail = detail
