"""Pages of the holder's commitments: the landing page, one commitment, its enrolment."""

from django.urls import URLPattern

from pv.web.commitments import (
    comments,
    detail,
    enrolment,
    landing,
    milestones,
    opening,
    scenarios,
    steps,
)

urlpatterns: list[URLPattern] = [
    *landing.urlpatterns,
    *opening.urlpatterns,
    *milestones.urlpatterns,
    *steps.urlpatterns,
    *enrolment.urlpatterns,
    *scenarios.urlpatterns,
    *comments.urlpatterns,
    *detail.urlpatterns,
]
