"""Integration sites over the API: the analyses after an infusion with class and monitored sites."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import actor_of
from followup.core.permissions import Perm
from followup.queries import samples
from pv.queries import integration_sites


class IntegrationSiteOut(serializers.Serializer[Any]):
    """One site; shares in percent of all sites, null where the laboratory reported none."""

    chromosome = serializers.CharField(source="site.chromosome")
    position = serializers.IntegerField(source="site.position")
    strand = serializers.CharField(source="site.strand")
    gene = serializers.CharField(source="site.gene")
    distance_bp = serializers.IntegerField(source="site.distance_bp", allow_null=True)
    percent = serializers.DecimalField(9, 6, allow_null=True, normalize_output=True)
    percent_before = serializers.DecimalField(
        9, 6, source="before", allow_null=True, normalize_output=True
    )
    monitored_because = serializers.ListField(source="reasons", child=serializers.CharField())


class IntegrationSiteAnalysisOut(serializers.Serializer[Any]):
    """One analysis; `clonality` is null while missing shares leave it open."""

    result = serializers.UUIDField(source="result.id")
    sample = serializers.UUIDField(source="result.sample_id")
    number = serializers.CharField(source="result.sample.number")
    collected_on = serializers.DateField(allow_null=True)
    resulted_on = serializers.DateField(source="result.resulted_on")
    laboratory_finding = serializers.CharField(source="result.finding")
    clonality = serializers.CharField(source="answer.clonality", allow_null=True)
    top_percent = serializers.DecimalField(
        9, 6, source="answer.top_percent", allow_null=True, normalize_output=True
    )
    shannon = serializers.FloatField(source="answer.shannon", allow_null=True)
    pielou = serializers.FloatField(source="answer.pielou", allow_null=True)
    repeat_by = serializers.DateField(allow_null=True)
    citation = serializers.CharField(source="answer.citation")
    sites = IntegrationSiteOut(source="lines", many=True)


class IntegrationSites(APIView):
    """The analyses of integration sites after the infusion a sample belongs to."""

    @extend_schema(
        operation_id="integration_sites_list", responses=IntegrationSiteAnalysisOut(many=True)
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """The earliest collected first."""
        actor = actor_of(request)
        found = integration_sites.of_sample(actor, samples.one(actor, pk, Perm.SAMPLE_READ))
        return Response(IntegrationSiteAnalysisOut(found, many=True).data)


urlpatterns = [
    path(
        "samples/<uuid:pk>/integration-sites/",
        IntegrationSites.as_view(),
        name="api-sample-integration-sites",
    )
]
