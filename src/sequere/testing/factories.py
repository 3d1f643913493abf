from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import models

from sequere.api import follow_many
from sequere.registration import Resource

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

M = TypeVar("M", bound=models.Model)


def make_users(count: int, **fields: Any) -> list[AbstractBaseUser]:
    """Save `count` users of the project's own user model, and return them.

    Each user has a random name, or a random address if users are named by their e-mail
    address, and no usable password. `fields` are set on all users. One query for each
    user.
    """
    model = get_user_model()
    is_address = isinstance(
        model._meta.get_field(model.USERNAME_FIELD), models.EmailField
    )
    users = []
    for _ in range(count):
        name = f"user-{secrets.token_hex(8)}"
        if is_address:
            name += "@example.com"
        values = {
            model.USERNAME_FIELD: name,
            "password": make_password(None),
            **fields,
        }
        users.append(model._default_manager.create(**values))
    return list(users)


@overload
def make_followers(
    target: Resource, count: int, *, using: str | None = None
) -> list[AbstractBaseUser]: ...


@overload
def make_followers(
    target: Resource,
    count: int,
    make: Callable[[int], Iterable[M]],
    *,
    using: str | None = None,
) -> list[M]: ...


def make_followers(
    target: Resource,
    count: int,
    make: Callable[[int], Iterable[Any]] = make_users,
    *,
    using: str | None = None,
) -> list[Any]:
    """Let `count` new users follow `target`, and return them.

    Use `make(count)` to make followers of another model. The follows are one query for
    each model.
    """
    made = list(make(count))
    follow_many(((source, target) for source in made), using=using)
    return made


@overload
def make_followings(
    source: Resource, count: int, *, using: str | None = None
) -> list[AbstractBaseUser]: ...


@overload
def make_followings(
    source: Resource,
    count: int,
    make: Callable[[int], Iterable[M]],
    *,
    using: str | None = None,
) -> list[M]: ...


def make_followings(
    source: Resource,
    count: int,
    make: Callable[[int], Iterable[Any]] = make_users,
    *,
    using: str | None = None,
) -> list[Any]:
    """Let `source` follow `count` new users, and return them.

    See make_followers().
    """
    made = list(make(count))
    follow_many(((source, target) for target in made), using=using)
    return made
