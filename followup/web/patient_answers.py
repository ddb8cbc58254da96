"""Where a patient answers: no account, no session; the signed link says for whom, and once."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from followup.actions import questionnaires as actions
from followup.core.actor import Actor
from followup.core.forms import AnswerField, Form
from followup.core.problems import NotFound
from followup.core.row_security import contexts
from followup.core.security import lockout, patient_links
from followup.domain.questionnaires import LONGEST, Answers, LinkState
from followup.queries import questionnaires as queries
from followup.web import questionnaire_words as words
from followup.web.dates import PartialDateField

GUESSER = "questionnaire"  # under which forged links are counted, per address


def _words_field() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("If yes: what, and since when?"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class AnswersForm(Form):
    """The six questions, in the words of a patient."""

    informant = AnswerField(
        label=words.QUESTIONS["informant"],
        choices=words.INFORMANTS,
        error_messages={"required": gettext_lazy("Please choose who answers.")},
    )
    vital_status = AnswerField(
        label=words.QUESTIONS["vital_status"], choices=words.STATUS, required=False
    )
    died_on = PartialDateField(
        label=gettext_lazy("If the patient has died: when?"),
        help_text=gettext_lazy("Year and month are enough, for example 2026-11."),
        required=False,
        future=False,
    )
    disease_status = AnswerField(
        label=words.QUESTIONS["disease_status"], choices=words.ILLNESS, required=False
    )
    progressed_on = PartialDateField(
        label=gettext_lazy("If yes: when?"),
        help_text=gettext_lazy("Year and month are enough, for example 2026-11."),
        required=False,
        future=False,
    )
    new_malignancy = AnswerField(
        label=words.QUESTIONS["new_malignancy"], choices=words.KNOWN, required=False
    )
    malignancy_words = _words_field()
    other_event = AnswerField(
        label=words.QUESTIONS["other_event"], choices=words.SAID, required=False
    )
    event_words = _words_field()
    new_therapy = AnswerField(
        label=words.QUESTIONS["new_therapy"], choices=words.SAID, required=False
    )
    therapy_words = _words_field()
    words = forms.CharField(
        label=gettext_lazy("Anything else you want to tell us"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def given(self) -> Answers:
        """What was answered; silence stays silence."""
        data = self.cleaned_data
        values: dict[str, Any] = {name: value or "" for name, value in data.items()}
        values |= {name: data[name] for name in ("died_on", "progressed_on")}
        return Answers(**values)


def _other(request: HttpRequest) -> str:
    """The language somebody changes to half way: what was typed goes along, nothing is sent."""
    return request.POST.get("to", "")


def _language(request: HttpRequest) -> str:
    asked = _other(request) or request.POST.get("language") or request.GET.get("language", "")
    return asked if asked in dict(settings.LANGUAGES) else "zh-hans"


@login_not_required
@sensitive_post_parameters()
@sensitive_variables("token")
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """The questions; thanks; or what became of the link, and whom to call. Never as staff."""
    language = _language(request)
    with translation.override(language):
        response = _answer(request, token, language)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Content-Language"] = language
    return response


def _answer(request: HttpRequest, token: str, language: str) -> HttpResponse:
    if not lockout.is_open(request, GUESSER):
        return _page(request, "locked", language, status=429)
    actor = Actor.process("questionnaire")
    key = patient_links.key_of(token)
    contexts.become(actor)
    if key is None:
        lockout.note_failure(request, GUESSER)
        return _page(request, "unknown", language, status=404)
    try:
        link = queries.link(actor, key)
    except NotFound:
        return _page(request, "unknown", language, status=404)
    state = queries.state_of(link)
    if state is not LinkState.OPEN:
        return _page(request, state.value.lower(), language, status=410, link=link)
    if _other(request):
        form = AnswersForm(initial=request.POST.dict())
        return _page(request, "questions", language, link=link, form=form)
    form = AnswersForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        refusals = form.refusals()
        with refusals:
            actions.answer(actor, link, given=form.given())
            return _page(request, "thanks", language, link=link)
        if refusals.code == "link":
            link.refresh_from_db()
            state = queries.state_of(link)
            return _page(request, state.value.lower(), language, status=410, link=link)
    return _page(request, "questions", language, status=form.status, link=link, form=form)


def _page(
    request: HttpRequest, what: str, language: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    others = [(code, name) for code, name in settings.LANGUAGES if code != language]
    context = {"what": what, "language": language, "others": others, **more}
    context["title"] = _("Questions of your hospital")
    return render(request, "followup/questionnaires/answer.html", context, status=status)


urlpatterns = [path("a/<str:token>/", answer, name="patient-answer")]
