"""Throttle of the API per user; counters live in the cache and a lost cache lets requests pass."""

import logging
from typing import Any

from django.core.cache import caches
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle

logger = logging.getLogger("everwatch.throttle")


class ActorThrottle(UserRateThrottle):
    """`API_RATE` requests per user; Redis down must not take the API down."""

    scope = "actor"
    cache = caches["default"]

    def allow_request(self, request: Request, view: Any) -> bool:
        """Whether the request may pass."""
        try:
            return bool(super().allow_request(request, view))
        except RedisError:
            logger.warning("throttle without cache")
            return True
