"""Requests for follow-up information on a case: to its hospital, or by letter to a reporter."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import DataQuery, Product, Site
from pv.domain.cases.follow_up_requests import Bearing, RequestState, Way
from pv.models.cases import Case, CaseSource
from pv.models.states import FOLLOW_UP_REQUEST


class FollowUpRequest(models.Model):
    """One question of the holder; what the hospital is asked is in its own list as well (`query`).

    `text` of a letter is the letter as it was written, in `language`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="requests")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    way = models.CharField(max_length=10)
    query = models.OneToOneField(
        DataQuery, on_delete=models.PROTECT, related_name="request", null=True
    )
    elements = ArrayField(models.CharField(max_length=80), default=list)
    template = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=2, blank=True, help_text="Of a letter: zh or en")
    recipient = models.TextField(blank=True, help_text="Of a letter: name and address")
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    state = models.CharField(
        max_length=10, choices=FOLLOW_UP_REQUEST.choices, default=RequestState.OPEN
    )
    asked_on = models.DateField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    asked_until = models.DateField(help_text="Day an answer was asked for until")
    due_on = models.DateField(help_text="Last day an answer is awaited")
    due_version = models.PositiveIntegerField(default=1)
    escalated_on = models.DateField(null=True, help_text="Day of the attempt that was one too many")
    answered_on = models.DateField(null=True, help_text="Day the answer reached the holder")
    bearing = models.CharField(
        max_length=12, blank=True, help_text="What the answer is to the case"
    )
    source = models.ForeignKey(CaseSource, on_delete=models.PROTECT, related_name="+", null=True)
    closure = models.CharField(max_length=30, blank=True, help_text="Code of follow_up_requests")
    moved_at = models.DateTimeField(help_text="Time of the last step")
    version = models.PositiveIntegerField(default=1)

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")

    class Meta:
        ordering = ("case", "asked_on", "id")
        constraints = (
            models.CheckConstraint(
                condition=FOLLOW_UP_REQUEST.known(), name="follow_up_request_state_known"
            ),
            models.CheckConstraint(
                condition=Q(way=Way.HOSPITAL.value, query__isnull=False)
                | (Q(way=Way.LETTER.value, query__isnull=True) & ~Q(recipient="")),
                name="follow_up_request_way_whole",
            ),
            models.CheckConstraint(
                condition=(Q(state="closed") & ~Q(closure=""))
                | (~Q(state="closed") & Q(closure="")),
                name="follow_up_request_closed_with_code",
            ),
            models.CheckConstraint(
                condition=Q(answered_on__isnull=True, source__isnull=True, bearing="")
                | Q(
                    answered_on__isnull=False,
                    source__isnull=False,
                    bearing__in=["", *(row.value for row in Bearing)],
                ),
                name="follow_up_request_answer_whole",
            ),
        )
        indexes = (
            models.Index(fields=("due_on", "id"), name="request_due", condition=Q(state="open")),
            models.Index(
                fields=("moved_at", "id"), name="request_answered", condition=Q(state="answered")
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.way} {self.asked_on}"


class FollowUpRequestEntry(models.Model):
    """One entry of the thread: asked, attempted, answered, assessed, closed; none is changed.

    `undoes` names the attempt that an entry of kind UNDO is about.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request = models.ForeignKey(FollowUpRequest, on_delete=models.PROTECT, related_name="entries")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    kind = models.CharField(max_length=12)
    happened_on = models.DateField()
    channel = models.CharField(max_length=20, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    code = models.CharField(max_length=30, blank=True, help_text="Of a closure or an assessment")
    text = models.TextField(blank=True)
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="undone_by", null=True
    )
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    written_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")
    insert_only = True

    class Meta:
        ordering = ("request", "written_at", "id")

    def __str__(self) -> str:
        return f"{self.kind} {self.happened_on}"
