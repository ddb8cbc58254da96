"""Django application of follow-up."""

from django.apps import AppConfig


class FollowupConfig(AppConfig):
    """Label `followup`."""

    name = "followup"
    label = "followup"
