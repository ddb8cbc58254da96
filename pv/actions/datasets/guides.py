"""The reviewer's guide of a package: what it rests on, what it holds, who is left out and why."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from followup.core import clock
from followup.queries.field_words import LEFT_OUT, PURPOSES
from pv.actions.datasets.contents import Contents
from pv.adapters import report_files
from pv.adapters.report_files import Cover
from pv.domain.datasets.mapping import Source
from pv.domain.periodic.blocks import Block, FactList, Grid, Heading, Paragraph


def write(contents: Contents, counts: Mapping[str, int], sha256: str) -> bytes:
    """The guide as PDF, in the active language; `counts` are records by written data set."""
    choice = contents.choice
    cover = Cover(
        title=_("Reviewer's guide to the study data"),
        product=contents.product,
        period=choice.study,
        facts=_facts(contents),
        signed=[],
        watermark="",
        language=choice.language,
        made_at=contents.made_at,
        data_sha256=sha256,
    )
    return report_files.pdf(cover, blocks(contents, counts))


def _facts(contents: Contents) -> list[tuple[str, str]]:
    choice, lock = contents.choice, contents.lock
    mappings = [part.tabulation.mapping for part in contents.parts]
    return [
        (_("Study"), choice.study),
        (_("Product"), contents.product),
        (_("Data lock"), lock.name if lock else _("None: data as sealed")),
        (_("Data as of"), clock.printed(contents.made_at)),
        (_("Seal of the audit trail"), str(choice.seq)),
        (_("Implementation guide"), ", ".join(f"{m.standard}IG {m.guide}" for m in mappings)),
        (_("Controlled terminology"), ", ".join(sorted({m.terminology for m in mappings}))),
        (_("Mapping"), ", ".join(f"{m.standard} {m.version}" for m in mappings)),
        (_("Program"), contents.program),
        (_("Subjects"), str(contents.subjects)),
    ]


def blocks(contents: Contents, counts: Mapping[str, int]) -> list[Block]:
    """The chapters."""
    return [
        Heading("1", _("Data sets")),
        _counts(contents, counts),
        Heading("2", _("Rules")),
        *[Paragraph(text) for text in _rules(contents)],
        Heading("3", _("Not collected")),
        _missing(contents),
        Heading("4", _("Codes without a controlled term")),
        _unmapped(contents),
        Heading("5", _("Patients left out")),
        *_left_out(contents),
        Heading("6", _("Conformance")),
        Paragraph(
            _(
                "Transport files were read back and compared with what was written. The rules of "
                "CDISC (CORE) are run over the finished package before a release: their report "
                "lies beside it in one archive and names the rules that were not run. Without "
                "that report they were not run."
            )
        ),
    ]


def _counts(contents: Contents, counts: Mapping[str, int]) -> Grid:
    by_code = {code: s.dataset for part in contents.parts for code, s in part.spools.items()}
    language = contents.choice.language
    rows = [
        (code, by_code[code].label(language), by_code[code].structure, str(count))
        for code, count in counts.items()
    ]
    return Grid(
        _("Records by data set"),
        (_("Data set"), _("Description"), _("Structure"), _("Records")),
        rows,
        note=_("A data set without records is described in define.xml and has no file."),
        shares=(1, 3, 5, 1),
        numeric=3,
    )


def _rules(contents: Contents) -> list[str]:
    texts = [
        _("Dates of SDTM are as precise as they are known; nothing is imputed."),
        _(
            "ADTTE follows the rules of the cohort figures: an event known in part is counted in "
            "the middle of the days it can mean and flagged in ADTF. Nothing else of ADaM is "
            "imputed."
        ),
        _(
            "A death known in part, or on a day nobody stated, lies between the last contact that "
            "found the patient alive and the last contact, which told of it."
        ),
        _(
            "Study day 1 is the day of the first infusion of the product (RFSTDTC). There is no "
            "day 0, and a date not known to the day has no study day."
        ),
        _(
            "An empty value means that nothing is recorded. A criterion of seriousness that was "
            "not ticked is empty: nobody answered no."
        ),
        _("AETOXGR holds CTCAE grades only; a grade on another scale is in SUPPAE with its scale."),
        _(
            "Radiotherapy and transplantations are in PR, every other treatment in CM, stays and "
            "emergency visits in HO. A treatment without a name has the words of its list. One "
            "that goes on does so on the day it was recorded (CMENRTPT, CMENTPT). How a product "
            "was made and given, and what went before it, is in SUPPEX."
        ),
        _("Withdrawn events, corrected contacts and voided registrations are not in the data."),
        _(
            "Samples and their results are those of patients who agreed to storage and testing of "
            "samples as well."
        ),
        _(
            "Trial design: one arm of an infusion and its follow-up, the visits of the protocol "
            "versions the subjects follow. A parameter that is not recorded has a null flavour."
        ),
        _(
            "RELREC relates an event to the laboratory values and samples it hangs together with, "
            "to the contact that told of it and to the death it ended in, as the register links "
            "them."
        ),
        _("Subjects carry the study code; no name, identity number or hospital number is held."),
    ]
    if contents.choice.format == "xpt":
        texts.append(
            _(
                "Texts in transport files are UTF-8. A text of more than 200 bytes is continued in "
                "the supplemental qualifiers under the name of its variable with a number; a "
                "label of more than 40 bytes is cut at a character and stands whole in define.xml."
            )
        )
    return texts


def _missing(contents: Contents) -> Grid:
    names = [
        (dataset.code, variable.name, variable.label(contents.choice.language))
        for part in contents.parts
        for dataset in part.tabulation.mapping.datasets
        for variable in dataset.variables
        if variable.source is Source.NONE
    ]
    return Grid(
        _("Variables the guide expects and the register does not collect"),
        (_("Data set"), _("Variable"), _("Label")),
        names,
        shares=(1, 1, 4),
    )


def _unmapped(contents: Contents) -> Block:
    rows = [
        (name, code, str(count))
        for part in contents.parts
        for (name, code), count in sorted(part.tabulation.unmapped.items())
    ]
    if not rows:
        return Paragraph(_("None."))
    return Grid(
        _("These are submitted as our own codes"),
        (_("Variable"), _("Code"), _("Records")),
        rows,
        shares=(1, 3, 1),
        numeric=2,
    )


def _left_out(contents: Contents) -> list[Block]:
    purpose = str(PURPOSES[contents.purpose])
    facts = FactList([(_("Purpose the patients agreed to"), purpose)])
    rule = Paragraph(
        _(
            "A patient is a subject while a consent to this purpose is in force at the moment of "
            "the data. Who may not be read by the person who made the package is neither named "
            "nor counted here."
        )
    )
    rows = [
        (each.study_code, str(LEFT_OUT[each.reason]), each.since.isoformat() if each.since else "")
        for each in contents.left_out
    ]
    if not rows:
        return [facts, rule, Paragraph(_("No readable patient is left out."))]
    grid = Grid(_("Left out"), (_("Study code"), _("Reason"), _("Since")), rows, shares=(2, 4, 1))
    return [facts, rule, grid]
