"""Runs inside the environment of another package, and uses it as a site would.

`python fill.py PACKAGE FILE` writes what the package stored: SQL for its tables, and
JSON for the Redis keys of django-sequere 0.4.1. Nothing of this project is imported.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

BEGIN = datetime(2015, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)

APPS = {
    "sequere04": ["sequere.backends.database", "sequere"],
    "sequere04-redis": ["sequere"],
    "friendship": ["friendship"],
    "actstream": ["actstream"],
    "followit": ["followit"],
}


def when(number: int) -> datetime:
    return BEGIN + timedelta(days=number, microseconds=number)


def setup(package: str) -> None:
    import django
    from django.conf import settings

    if package.startswith("sequere04"):
        supply_removed_names()
    settings.configure(
        SECRET_KEY="elsewhere",
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
        },
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            *APPS[package],
        ],
        SEQUERE_BACKEND="sequere.backends.redis.RedisBackend"
        if package == "sequere04-redis"
        else "sequere.backends.database.DatabaseBackend",
        SEQUERE_BACKEND_OPTIONS={
            "options": {
                "port": int(os.environ.get("REDIS_PORT", "6379")),
                "decode_responses": True,
            }
        }
        if package == "sequere04-redis"
        else {},
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def supply_removed_names() -> None:
    """django-sequere 0.4.1 needs three names that newer versions of Django removed."""
    import django.dispatch
    from django.db.models.options import Options
    from django.utils import encoding

    class Signal(django.dispatch.Signal):
        def __init__(self, providing_args: Any = None, **options: Any) -> None:
            super().__init__(**options)

    django.dispatch.Signal = Signal  # type: ignore[misc, assignment]
    encoding.python_2_unicode_compatible = lambda cls: cls  # type: ignore[attr-defined]
    Options.installed = True  # type: ignore[attr-defined]


def people() -> list[Any]:
    from django.contrib.auth.models import User

    return [User.objects.create(pk=10 * n, username=f"user {n}") for n in range(1, 6)]


def group() -> Any:
    from django.contrib.auth.models import Group

    return Group.objects.create(pk=7, name="readers")


def at(moment: datetime, objects: Any, **time: Any) -> None:
    """Change the time of the newest row."""
    row = objects.order_by("pk").last()
    objects.filter(pk=row.pk).update(**dict.fromkeys(time, moment))


def register_with_sequere() -> None:
    from django.contrib.auth.models import Group, User

    import sequere

    sequere.register(User)
    sequere.register(Group)


def fill_sequere04() -> None:
    from django.db import connection

    database = importlib.import_module("sequere.backends.database.models")
    models = importlib.import_module("sequere.models")
    with connection.schema_editor() as editor:
        editor.create_model(database.Follow)
    register_with_sequere()
    one, two, three, *_ = people()
    readers = group()
    pairs = [(one, two), (two, one), (three, one), (one, readers), (readers, three)]
    for number, (source, target) in enumerate(pairs):
        models.follow(source, target)
        at(when(number), database.Follow.objects, created_at=True)
    models.follow(two, three)
    models.unfollow(two, three)
    # The package lets accounts follow themselves.
    models.follow(one, one)


def fill_sequere04_redis() -> None:
    from sequere import app  # type: ignore[attr-defined]

    app.backend.clear()
    register_with_sequere()
    one, two, three, *_ = people()
    readers = group()
    pairs = [(one, two), (two, one), (three, one), (one, readers), (readers, three)]
    for number, (source, target) in enumerate(pairs):
        app.backend.follow(source, target, timestamp=int(when(number).timestamp()))
    app.backend.follow(two, three)
    app.backend.unfollow(two, three)


def fill_friendship() -> None:
    models = importlib.import_module("friendship.models")
    one, two, three, four, five = people()
    models.Follow.objects.add_follower(one, two)
    at(when(0), models.Follow.objects, created=True)
    models.Follow.objects.add_follower(three, two)
    at(when(1), models.Follow.objects, created=True)
    models.Friend.objects.add_friend(one, four).accept()
    models.Friend.objects.update(created=when(2))
    models.Friend.objects.add_friend(four, two)
    at(when(3), models.FriendshipRequest.objects, created=True)
    models.Friend.objects.add_friend(five, two).reject()
    # A block does not remove the follow in the other direction.
    models.Block.objects.add_block(two, three)
    at(when(4), models.Block.objects, created=True)


def fill_actstream() -> None:
    actstream = importlib.import_module("actstream.actions")
    registry = importlib.import_module("actstream.registry")
    models = importlib.import_module("actstream.models")
    from django.contrib.auth.models import Group, User

    registry.register(User, Group)
    one, two, three, *_ = people()
    readers = group()
    actstream.follow(one, two, send_action=False)
    at(when(0), models.Follow.objects, started=True)
    actstream.follow(three, readers, send_action=False)
    at(when(1), models.Follow.objects, started=True)
    actstream.follow(one, two, send_action=False, flag="liking")
    at(when(2), models.Follow.objects, started=True)
    actstream.follow(two, one, send_action=False, flag="watching")
    at(when(3), models.Follow.objects, started=True)


def fill_followit() -> None:
    followit = importlib.import_module("followit")
    from django.contrib.auth.models import Group, User

    followit.register(User)
    followit.register(Group)
    one, two, three, *_ = people()
    readers = group()
    one.follow_user(two)
    three.follow_group(readers)
    two.follow_user(one)
    one.follow_user(three)
    one.unfollow_user(three)


def dump_sql() -> str:
    """Return the tables that hold follows."""
    from django.db import connection

    connection.ensure_connection()
    wanted = ("sequere_", "friendship_", "actstream_follow", "followit_", "django_c")
    lines = [
        line
        for line in connection.connection.iterdump()
        if any(f'"{name}' in line.split("(")[0] for name in wanted)
    ]
    return "\n".join(lines) + "\n"


def dump_keys() -> str:
    from sequere import app  # type: ignore[attr-defined]

    client, found = app.backend.client, {}
    for key in sorted(client.keys("*")):
        kind = client.type(key)
        if kind == "string":
            found[key] = client.get(key)
        elif kind == "hash":
            found[key] = client.hgetall(key)
        else:
            found[key] = dict(client.zrange(key, 0, -1, withscores=True))
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    package, path = sys.argv[1:]
    setup(package)
    globals()[f"fill_{package.replace('-', '_')}"]()
    text = dump_keys() if package == "sequere04-redis" else dump_sql()
    with open(path, "w") as file:
        file.write(text)
