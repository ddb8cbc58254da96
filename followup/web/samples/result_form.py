"""The questions of a laboratory report: those of its assay, then limits, dates and remarks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from followup.actions.samples import ResultInput
from followup.core.forms import (
    NO_YES_UNKNOWN,
    AnswerField,
    ChoiceButtons,
    Form,
    NumberField,
    VersionedForm,
)
from followup.core.naming import localized_name
from followup.core.problems import Refused
from followup.queries.samples import SampleRuleSet
from followup.web.dates import DateField
from followup.web.samples.words import labelled

_ANSWER = {"YES": True, "NO": False}
_SAID = {True: "YES", False: "NO", None: ""}
OWN = ("finding", "method", "measure")
_EXTRA = {  # questions only some assays ask
    "tumour_content": ("CAR_TRANSGENE", "VCN"),
    "lod_met": ("CAR_TRANSGENE", "VCN"),
    "same_clone": ("TCR_CLONALITY",),
    "sites": ("ISA",),
    "variants": ("SOMATIC_PANEL",),
    "markers": ("IMMUNOPHENOTYPE",),
}
NUMBERS = ("value", "below_quantification", "lower_limit", "detection_limit")


@dataclass(frozen=True, slots=True)
class Block:
    """The questions one assay opens."""

    id: str
    when: str
    title: str
    fields: list[BoundField]


def _lines(rows: int, example: str) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "class": "mono", "placeholder": example})


class ResultForm(Form):
    """One report. Nothing is answered beforehand; each assay has its own findings and methods."""

    assay = AnswerField(label=_("Assay"), choices=())
    value = forms.CharField(
        label=_("Measured number"),
        help_text=_("As the laboratory wrote it: 6.5, <50, >10^6, ≤0.5, not detected."),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"class": "w-medium", "autocomplete": "off"}),
    )
    below_quantification = forms.BooleanField(
        label=_("Below the limit of quantification"),
        help_text=_("Then there is no number: the limit is kept instead, never a zero."),
        required=False,
    )
    lower_limit = NumberField(
        label=_("Lower limit of quantification (LLOQ)"),
        required=False,
        max_digits=20,
        decimal_places=6,
    )
    detection_limit = NumberField(
        label=_("Limit of detection (LOD)"), required=False, max_digits=20, decimal_places=6
    )
    tumour_content = NumberField(
        label=_("Tumour content of the sample"),
        unit="%",
        required=False,
        max_digits=5,
        decimal_places=2,
    )
    lod_met = AnswerField(
        label=_("Did the test reach its limit of detection?"),
        choices=NO_YES_UNKNOWN,
        required=False,
    )
    same_clone = AnswerField(
        label=_("Is it the clone of the tumour?"),
        help_text=_(
            "In a tumour: do its CAR-positive cells carry the tumour's TCR? In any other sample: "
            "is the tumour's clone in it?"
        ),
        choices=NO_YES_UNKNOWN,
        required=False,
    )
    sites = forms.CharField(
        label=_("Integration sites, one per line"),
        help_text=_(
            "Place, strand, nearest cancer gene, share in %, distance in bp, changed or unchanged "
            "expression. Rows of a spreadsheet can be pasted."
        ),
        required=False,
        max_length=50_000,
        widget=_lines(4, "chr17:7675000, +, TP53, 35, 1200, changed"),
    )
    variants = forms.CharField(
        label=_("Variants, one per line"),
        help_text=_("Gene, change, allele fraction in %."),
        required=False,
        max_length=50_000,
        widget=_lines(4, "TET2, p.R1261H, 38"),
    )
    markers = forms.CharField(
        label=_("Markers with their sign"),
        required=False,
        max_length=2000,
        widget=_lines(2, "CD3+ CD4+ CD8- CD30+"),
    )
    laboratory = forms.CharField(label=_("Laboratory"), max_length=120)
    resulted_on = DateField(label=_("Date of the report"), future=False)
    received_on = DateField(
        label=_("You learned of it on"),
        help_text=_("The follow-up clock counts from this day."),
        future=False,
    )
    final = AnswerField(
        label=_("The report is"),
        choices=(
            ("NO", pgettext_lazy("report", "Preliminary")),
            ("YES", pgettext_lazy("report", "Final")),
        ),
    )
    comment = forms.CharField(
        label=_("Remarks"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    reason = forms.CharField(label=_("Reason for the change"), max_length=500)

    def __init__(
        self, *args: Any, rules: SampleRuleSet, code: str, correction: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.assays = rules.assays.assays
        uses = rules.definitions[code].uses if code in rules.definitions else ()
        fitting = [a for a in self.assays if code in a.samples or a.code in uses]
        others = [a for a in self.assays if a not in fitting]
        ordered = [*fitting, *others]
        opens = {a.code: f"block-{a.code.lower()}" for a in ordered}
        self.fields["assay"].widget = ChoiceButtons(opens=opens)
        self.offer("assay", labelled(ordered))
        if not correction:
            del self.fields["reason"]

    def blocks(self) -> Iterator[Block]:
        """For each assay its findings, method, number and what else it reports."""
        for assay in self.assays:
            names = [f"{name}_{assay.code}" for name in OWN]
            extra = [name for name, codes in _EXTRA.items() if assay.code in codes]
            # A question two assays share is drawn in a block of its own, once.
            own = [name for name in extra if len(_EXTRA[name]) == 1]
            fields = [self[name] for name in [*names, *own] if name in self.fields]
            when = f"assay:{assay.code}"
            yield Block(f"block-{assay.code.lower()}", when, localized_name(assay), fields)

    @property
    def number_when(self) -> str:
        """The answers that open the block of the number and its limits."""
        return "assay:" + " ".join(a.code for a in self.assays if a.measures)

    @property
    def tumour_when(self) -> str:
        """The answers that open the questions about an adequate sample."""
        return "assay:" + " ".join(_EXTRA["tumour_content"])

    def refuse(self, refused: Refused) -> None:
        """Show at its field what the action refused; an assay's own questions have its suffix."""
        assay = self.cleaned_data.get("assay")
        fields = {
            (f"{name}_{assay}" if name in OWN else name): messages
            for name, messages in refused.fields.items()
        }
        super().refuse(Refused(fields))

    def given(self) -> ResultInput:
        """The action's input; questions of other assays are ignored."""
        clean = self.cleaned_data
        code = clean["assay"]
        assay = next(a for a in self.assays if a.code == code)
        asked = {name for name, codes in _EXTRA.items() if code in codes}
        extra: dict[str, Any] = {n: clean[n] for n in NUMBERS} if assay.measures else {}
        extra["reported"] = extra.pop("value", "")
        extra |= {name: clean[name] for name in asked}
        extra |= {n: _ANSWER.get(clean[n] or "") for n in asked & {"lod_met", "same_clone"}}
        return ResultInput(
            assay=code,
            finding=clean.get(f"finding_{code}") or "",
            method=clean.get(f"method_{code}") or "",
            measure=clean.get(f"measure_{code}") or "",
            laboratory=clean["laboratory"],
            resulted_on=clean["resulted_on"],
            received_on=clean["received_on"],
            final=_ANSWER.get(clean["final"]),
            comment=clean["comment"],
            **extra,
        )


_Form = TypeVar("_Form", bound=ResultForm)


class ResultCorrectionForm(ResultForm, VersionedForm):
    """A result as it should read; others may correct it meanwhile."""


def form_for(rules: SampleRuleSet, kind: type[_Form]) -> type[_Form]:
    """The form with the findings, methods and numbers of every assay of the loaded list."""
    methods = dict(labelled(rules.assays.methods))
    fields: dict[str, Any] = {}
    for assay in rules.assays.assays:
        fields |= _own_fields(assay, methods)
    return type("AssayResultForm", (kind,), fields)


def _own_fields(assay: Any, methods: dict[str, str]) -> dict[str, forms.Field]:
    code = assay.code
    fields: dict[str, forms.Field] = {
        f"finding_{code}": AnswerField(
            label=_("Finding"), choices=labelled(assay.findings), required=False
        ),
        f"method_{code}": forms.ChoiceField(
            label=_("Method"),
            choices=[("", "—"), *((m, methods.get(m, m)) for m in assay.methods)],
            required=False,
        ),
    }
    if assay.measures:
        choices = [(m.name, f"{localized_name(m)} ({m.unit})") for m in assay.measures]
        fields[f"measure_{code}"] = forms.ChoiceField(
            label=_("What the number measures"), choices=[("", "—"), *choices], required=False
        )
    return fields


def known(result: Any) -> dict[str, Any]:
    """A recorded result as the form shows it: these are answers already given."""
    sites = [
        ", ".join(
            (
                f"{s['chromosome']}:{s['position']}",
                s["strand"],
                s["gene"],
                s["percent"] or "",
                "" if s["distance_bp"] is None else str(s["distance_bp"]),
                {True: "changed", False: "unchanged", None: ""}[s["expression_changed"]],
            )
        )
        for s in result.details.get("sites", ())
    ]
    variants = [
        ", ".join((v["gene"], v["change"], v["percent"] or ""))
        for v in result.details.get("variants", ())
    ]
    markers = [
        f"{m}{'+' if there else '-'}" for m, there in result.details.get("markers", {}).items()
    ]
    plain = (*NUMBERS, "tumour_content", "laboratory", "resulted_on", "received_on", "comment")
    numbers = {
        name: f"{value.normalize():f}" if hasattr(value, "normalize") else value
        for name, value in ((n, getattr(result, n)) for n in plain)
    }
    value = "" if result.value is None else f"{result.value.normalize():f}"
    numbers["value"] = result.reported if result.comparator else value
    return numbers | {
        "assay": result.assay,
        f"finding_{result.assay}": result.finding,
        f"method_{result.assay}": result.method,
        f"measure_{result.assay}": result.measure,
        "lod_met": _SAID[result.lod_met],
        "same_clone": _SAID[result.same_clone],
        "final": _SAID[result.final],
        "sites": "\n".join(sites),
        "variants": "\n".join(variants),
        "markers": " ".join(markers),
    }
