"""Addresses of the hospital's pages; each module lists its own."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
