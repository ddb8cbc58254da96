"""Why a file, a row of it or a message is refused or waits, in words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from followup.domain.laboratory import SheetProblem
from followup.domain.laboratory.messages import MessageProblem
from followup.queries.laboratory.persons import Difference

PROBLEMS: Mapping[SheetProblem, str | Promise] = {
    SheetProblem.NOT_READABLE: gettext_lazy(
        "The file cannot be read: send CSV (UTF-8 or GB 18030) or xlsx."
    ),
    SheetProblem.TOO_LARGE: gettext_lazy("The file is too large: 5 MB and 20,000 rows at most."),
    SheetProblem.EMPTY: gettext_lazy("The file holds no rows below its heading."),
    SheetProblem.NUMBER_ROUNDED: gettext_lazy(
        "A spreadsheet has rounded this number; take it from the laboratory again, as text."
    ),
    SheetProblem.ZEROS_LOST: gettext_lazy(
        "A spreadsheet may have taken zeros from this number; send it as text."
    ),
    SheetProblem.VALUE_TURNED_DATE: gettext_lazy(
        "A spreadsheet has made a date of this value; take it from the report."
    ),
    SheetProblem.RANGE_TURNED_DATE: gettext_lazy(
        "A spreadsheet has made a date or a number of this range; take it from the report."
    ),
    SheetProblem.FORMULA: gettext_lazy("The cell holds a formula and no value."),
    SheetProblem.DIGITS_INVENTED: gettext_lazy(
        "A spreadsheet has calculated this number; take it from the report."
    ),
    SheetProblem.NO_PATIENT: gettext_lazy("No patient of this hospital has this number."),
    SheetProblem.NO_DAY: gettext_lazy("This is no day of a specimen."),
    SheetProblem.NO_ITEM: gettext_lazy("The item is missing."),
    SheetProblem.NO_VALUE: gettext_lazy("The value is missing."),
}
MESSAGE_PROBLEMS: Mapping[MessageProblem, str | Promise] = {
    MessageProblem.CHARSET: gettext_lazy(
        "The message is neither in the charset of this laboratory, nor UTF-8, nor GB 18030."
    ),
    MessageProblem.STRUCTURE: gettext_lazy("This is no message that can be read:"),
    MessageProblem.TOO_LARGE: gettext_lazy("The message holds too many segments or results."),
    MessageProblem.NO_NUMBER: gettext_lazy("The message has no number of its sender:"),
    MessageProblem.NOT_UTF_8: gettext_lazy("A FHIR bundle is sent in UTF-8; this one is not."),
    MessageProblem.TWICE: gettext_lazy("A name is given twice in one part, its value is unclear:"),
    MessageProblem.NOT_WHOLE: gettext_lazy("A part of this transaction cannot be read:"),
}
DIFFERENCES: Mapping[Difference, str | Promise] = {
    Difference.SEVERAL: gettext_lazy("Its numbers belong to two patients of this hospital."),
    Difference.SEX: gettext_lazy("It names another sex than the record of this number."),
    Difference.BIRTH_DATE: gettext_lazy("It names another birth date than the record."),
    Difference.NAME: gettext_lazy("It names another name than the record."),
}
