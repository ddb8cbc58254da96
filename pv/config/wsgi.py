"""WSGI entry point."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

from followup.core import memory
from pv.config import sharing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pv.config.settings")
os.environ.setdefault("DATABASE_POOL", "true")  # each page would open two connections

application = get_wsgi_application()
# With --preload the workers share what is read before they are forked: all pages, and Celery.
import_string(settings.EVERWATCH_SEND)
sharing.read_addresses("login")
sharing.read_database()
sharing.read_early("registration/login.html")
memory.freeze()
