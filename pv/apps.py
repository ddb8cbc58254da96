"""Django application of pharmacovigilance."""

from django.apps import AppConfig


class PvConfig(AppConfig):
    """Label `pv`."""

    name = "pv"
    label = "pv"
