"""Composition root: settings, urls, celery, wsgi. Nobody imports it."""

from pv.config.celery import app as celery_app

__all__ = ["celery_app"]
