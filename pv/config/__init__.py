"""Composition root: settings, urls, celery, wsgi. Nobody imports it, and it imports nothing."""
