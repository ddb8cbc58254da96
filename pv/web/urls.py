"""Addresses of the safety and holder pages; each module lists its own."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
