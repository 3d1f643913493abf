"""A check reports a cache in the database of the follows, because cache.clear() would
delete the follows.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import override_settings

from sequere.handler import get_backend
from tests.backends.redis.servers import BACKEND

DJANGO = "django.core.cache.backends.redis.RedisCache"
DJANGO_REDIS = "django_redis.cache.RedisCache"


def warned(cache: dict[str, Any], location: Any, **options: Any) -> bool:
    found = {"BACKEND": BACKEND, "OPTIONS": {"location": location, **options}}
    caches = {"default": {"BACKEND": DJANGO} | cache}
    with override_settings(SEQUERE_BACKENDS={"default": found}, CACHES=caches):
        return "sequere.W009" in [message.id for message in get_backend().check()]


@pytest.mark.parametrize(
    ("cache", "location"),
    [
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("redis://host", "redis://host:6379/0"),
        ("redis://host:6379", "rediss://me:secret@HOST/"),
        ("redis://localhost:6379/2", "redis://127.0.0.1:6379/2"),
        ("redis://localhost:6379/2", "redis://[::1]:6379?db=2"),
        ("valkey://host:6379/1", "redis://host:6379/1"),
        ("redis://a:1/0,redis://b:1/0", "redis://a:1/0"),
        (["redis://a:1/0", "redis://b:1/0"], ["redis://a:1/0", "redis://c:1/0"]),
        ("unix:///run/redis.sock?db=1", "unix:///run/redis.sock?db=1"),
    ],
)
def test_the_same_database(cache: Any, location: Any) -> None:
    assert warned({"LOCATION": cache}, location)
    assert warned({"LOCATION": cache, "BACKEND": DJANGO_REDIS}, location)


@pytest.mark.parametrize(
    ("cache", "location"),
    [
        ("redis://host:6379/1", "redis://host:6379/0"),
        ("redis://host:6380/0", "redis://host:6379/0"),
        ("redis://other:6379/0", "redis://host:6379/0"),
        ("unix:///run/redis.sock?db=1", "unix:///run/redis.sock"),
        ("unique-snowflake", "redis://host:6379/0"),
        ("/var/tmp/cache", "unix:///var/tmp/cache"),
        ("redis://host:port/0", "redis://host:6379/0"),
        (None, "redis://host:6379/0"),
    ],
)
def test_another_database(cache: Any, location: Any) -> None:
    assert not warned({"LOCATION": cache}, location)


def test_a_number_among_the_options() -> None:
    cache = {"LOCATION": "redis://host", "OPTIONS": {"db": 3}}
    assert warned(cache, "redis://host/3")
    assert warned(cache, "redis://host", client_options={"db": 3})
    assert not warned(cache, "redis://host")


def test_a_cluster_has_one_database() -> None:
    cache = {"LOCATION": "redis://host:7000/0"}
    nodes = ["redis://host:7001", "redis://host:7000"]
    assert warned(cache, nodes, cluster=True)
    assert not warned(cache, ["redis://host:7001"], cluster=True)


def test_the_message() -> None:
    found = {"BACKEND": BACKEND, "OPTIONS": {"location": "redis://:secret@host"}}
    cache = {"BACKEND": DJANGO, "LOCATION": "redis://:secret@host"}
    with override_settings(
        SEQUERE_BACKENDS={"follows": found}, CACHES={"pages": cache}
    ):
        [message] = [each for each in run_checks() if each.id == "sequere.W009"]
    assert "'follows'" in message.msg
    assert "'pages'" in message.msg
    assert "secret" not in f"{message}"
