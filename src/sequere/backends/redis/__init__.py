try:
    from sequere.backends.redis.backend import RedisBackend
except ModuleNotFoundError as exc:
    if exc.name != "redis":
        raise
    raise ImportError(
        "RedisBackend needs the driver: pip install 'django-sequere[redis]'"
    ) from exc

__all__ = ["RedisBackend"]
