"""Forms of consents after the first, and how papers and purposes are shown."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.core.forms import AnswersField, Form
from followup.core.templatetags.everwatch import listed
from followup.domain.consents import Purpose, Standing, Word
from followup.queries import field_words
from followup.web.dates import DateField, PartialDateField
from followup.web.registration_form import (
    PURPOSES,
    assent_field,
    refused_field,
    signer_field,
)

MARKS = {
    Word.AGREED: "done",
    Word.REFUSED: "blocked",
    Word.WITHDRAWN: "withdrawn",
    Word.NEVER_AGREED: "query",
}


def _note(**more: Any) -> forms.CharField:
    return forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 2}), **more)


class WithdrawForm(Form):
    """When a consent was withdrawn, and what the patient said."""

    consent = forms.ChoiceField(label=gettext_lazy("Which consent"))
    purposes = AnswersField(
        label=gettext_lazy("What was withdrawn"),
        help_text=gettext_lazy(
            "What is ticked ends on earlier papers too. Tick nothing if this whole paper was"
            " withdrawn and no other."
        ),
        choices=PURPOSES,
        required=False,
    )
    withdrawn_on = DateField(label=gettext_lazy("Withdrawn on"), future=False)
    reason = _note(label=gettext_lazy("What the patient said"), required=False)


class ConsentForm(Form):
    """A further signed consent."""

    form_version = forms.CharField(label=gettext_lazy("Version of the consent form"), max_length=40)
    given_on = PartialDateField(
        label=gettext_lazy("Signed on"),
        help_text=gettext_lazy("Year and month, or the year, if no more is known."),
        future=False,
    )
    signed_by = signer_field()
    assent = assent_field()
    purposes = AnswersField(
        label=gettext_lazy("The patient agreed to"), choices=PURPOSES, required=False
    )
    refused = refused_field()


class UndoForm(Form):
    """Why a withdrawal was recorded by mistake."""

    reason = _note(label=gettext_lazy("Why the withdrawal was wrong"))


def _purposes(codes: Iterable[str]) -> str:
    """Purposes in words, in the order they are asked."""
    return listed(text for code, text in field_words.PURPOSES.items() if code in codes)


def consent_rows(in_force: Iterable[Any]) -> list[tuple[str, str]]:
    """Papers that agree to something still, to choose from."""
    words = _("%(version)s, signed %(day)s: %(purposes)s")
    return [
        (
            str(row.id),
            words
            % {
                "version": row.form_version,
                "day": row.signed.isoformat(),
                "purposes": _purposes(row.purposes),
            },
        )
        for row in in_force
        if row.purposes
    ]


def withdrawal_rows(ended: Iterable[Any]) -> list[tuple[str, str]]:
    """Withdrawals that stand, to choose from."""
    words = _("withdrawn %(day)s: %(purposes)s")
    return [
        (str(row.id), words % {"day": row.withdrawn_on, "purposes": _purposes(row.purposes)})
        for row in ended
    ]


def standing_rows(standings: Mapping[str, Standing]) -> list[dict[str, Any]]:
    """Each purpose in words, with its mark and since when it stands so."""
    return [
        {
            "purpose": field_words.PURPOSES[Purpose(code)],
            "kind": MARKS[each.word],
            "text": field_words.STANDINGS[each.word],
            "since": each.since,
        }
        for code, each in standings.items()
    ]
