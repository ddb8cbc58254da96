"""The cache: Django's on Valkey, with one client for all requests instead of one for each command.

A client holds no connection of its own, only the pool, and may be used by several threads
(redis-py, "Thread safety").
"""

from typing import Any, cast

from django.core.cache.backends.redis import RedisCache, RedisCacheClient


class Client(RedisCacheClient):
    """Makes a client once for each pool."""

    def __init__(self, *servers: Any, **options: Any) -> None:
        super().__init__(*servers, **options)
        self._made: dict[Any, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """The client of the pool that serves the key."""
        pool = cast(Any, self)._get_connection_pool(write)
        if pool not in self._made:
            self._made[pool] = super().get_client(key, write=write)
        return self._made[pool]


class Cache(RedisCache):
    """Named by CACHES in the settings."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = Client
