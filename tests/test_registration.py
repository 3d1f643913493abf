from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from django.db import models

import sequere
from sequere.base import ModelBase
from sequere.exceptions import (
    AlreadyRegistered,
    InvalidRegistration,
    NotRegistered,
)
from sequere.registration import Registry
from tests.testapp.models import (
    Abstract,
    Bot,
    Composite,
    HelpfulBot,
    Project,
    Swapped,
    User,
)


class Named(ModelBase):
    identifier = "user"


def test_the_identifier_is_the_name_in_lower_case() -> None:
    registry = Registry()
    registry.register(HelpfulBot)
    assert registry.get("helpfulbot").model is HelpfulBot


def test_calling_the_registry_registers() -> None:
    assert sequere.registry.get("projet").model is Project
    assert sequere.register == sequere.registry.register


def test_autodiscover_twice_is_harmless() -> None:
    sequere.autodiscover()
    assert User in sequere.registry


def test_twice() -> None:
    registry = Registry()
    registry.register(User)
    with pytest.raises(AlreadyRegistered, match=r"testapp\.User is already registered"):
        registry.register(User)


def test_two_models_with_one_identifier() -> None:
    registry = Registry()
    registry.register(User)
    with pytest.raises(AlreadyRegistered, match=r"testapp\.Project and testapp\.User"):
        registry.register(Project, Named)
    assert Project not in registry


def test_a_proxy_and_its_model_are_one() -> None:
    registry = Registry()
    registry.register(HelpfulBot)
    assert Bot in registry
    with pytest.raises(AlreadyRegistered, match="shares its rows"):
        registry.register(Bot)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Abstract, "is abstract"),
        (Composite, "composite primary key"),
        (Swapped, "Register testapp.User in its place"),
        (None, "None is not a model class"),
        ("testapp.User", "'testapp.User' is not a model class"),
        (ModelBase, "is not a model class"),
        (User(username="instance"), "is not a model class"),
    ],
)
def test_what_cannot_be_registered(model: Any, message: str) -> None:
    registry = Registry()
    with pytest.raises(InvalidRegistration, match=message):
        registry.register(model)
    assert list(registry) == []


@pytest.mark.parametrize("options", [None, User, "projet", Named(User)])
def test_options_that_are_no_model_base(options: Any) -> None:
    with pytest.raises(InvalidRegistration, match=r"subclass of sequere\.base"):
        Registry().register(User, options)


@pytest.mark.parametrize("identifier", ["a b", "a:b", "x" * 65, "é", 7])
def test_identifiers_that_cannot_be_stored(identifier: Any) -> None:
    options = type("Options", (ModelBase,), {"identifier": identifier})
    with pytest.raises(InvalidRegistration, match=r"testapp\.User: The identifier"):
        Registry().register(User, options)


def test_unregister() -> None:
    registry = Registry()
    registry.register(User)
    assert registry.get_for_model(User).model is User
    registry.unregister(User)
    assert User not in registry
    with pytest.raises(NotRegistered):
        registry.get_for_model(User)
    with pytest.raises(NotRegistered, match=r"sequere\.register\(User\)"):
        registry.unregister(User)
    registry.register(User)


def test_watchers_see_past_and_future_models() -> None:
    registry = Registry()
    registry.register(User)
    seen: list[type[models.Model]] = []
    registry.watch(seen.append)
    registry.register(Project)
    assert seen == [User, Project]


def test_importing_the_package_needs_no_settings() -> None:
    subprocess.run([sys.executable, "-c", "import sequere, sequere.base"], check=True)
