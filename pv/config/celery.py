"""The Celery application: beat ticks, workers claim rows, PostgreSQL stays the truth."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pv.config.settings")

app = Celery("everwatch")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["followup", "pv"])
