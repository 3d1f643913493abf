from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.migrations.state import ProjectState
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy

import sequere
from sequere.api import (
    follow,
    follow_many,
    get_common_followers,
    get_followers,
    get_followers_count,
    get_followers_counts,
    get_followings,
    get_friends,
    get_suggestions,
    is_following,
)
from sequere.base import ModelBase
from sequere.exceptions import (
    AlreadyRegistered,
    InvalidRegistration,
    InvalidResource,
    NotRegistered,
)
from sequere.handler import get_backend
from sequere.managers import FollowQuerySet
from sequere.mixin import SequereMixin
from sequere.questions import Forget
from sequere.registration import Registry
from sequere.testing.models import Club, Employee, Person, Reader
from sequere.types import Ref
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


@pytest.mark.parametrize(
    ("kind", "cure"),
    [
        (None, "Give a registered model, or its identifier"),
        (True, "Give a registered model"),
        (8, "Give a registered model"),
        (object, "Give a registered model"),
        (SequereMixin, "Give a registered model"),
        (User(username="x"), "give its class, User"),
        (SimpleLazyObject(lambda: User(username="x")), "give its class, User"),
        ([User], r"an argument of its own"),
        ((User, Project), r"an argument of its own"),
        ({"user"}, r"an argument of its own"),
        (gettext_lazy("user"), "lazy text: give 'user'"),
    ],
)
def test_what_is_no_kind(kind: Any, cure: str) -> None:
    source = Ref("user", "1")
    for call in (
        get_followers,
        get_followings,
        get_friends,
        get_suggestions,
        get_followers_count,
        get_followers_counts,
        partial(get_common_followers, source),
    ):
        who: Any = [source] if call is get_followers_counts else source
        with pytest.raises(InvalidResource, match=cure) as caught:
            call(who, User, kind)
        assert repr(kind) in str(caught.value)
    for method in (sequere.registry.get_for_model, sequere.registry.unregister):
        with pytest.raises(InvalidResource, match=cure):
            method(kind)
    assert kind not in sequere.registry


@pytest.mark.parametrize(
    ("kind", "cure"),
    [
        (Abstract, "Abstract is not a model with a table"),
        (models.Model, "Model is not a model with a table"),
        (Composite, r"Write `sequere\.register\(Composite\)`"),
        ("composite", "Known identifiers: .*'user'"),
    ],
)
def test_kinds_that_are_not_registered(kind: Any, cure: str) -> None:
    with pytest.raises(NotRegistered, match=cure):
        get_followers(Ref("user", "1"), kind)


def test_a_kind_has_all_rows_of_its_registration() -> None:
    source = Ref("user", "1")
    for kind in (Person, Reader, HelpfulBot, Bot):
        get_followers(source, kind)
    for call in (get_followers, get_followers_count, get_suggestions):
        with pytest.raises(
            NotRegistered, match=r"Employee is not registered"
        ) as caught:
            call(source, Employee)
        message = str(caught.value)
        for part in ("Use Person", "FollowQuerySet(Employee)", "'testing.person'"):
            assert part in message
    registry = Registry()
    registry.register(Person)
    registry.register(Employee)
    assert registry.get_for_kind(Employee).model is Employee
    assert registry.get_for_kind(Person).model is Person


@pytest.mark.django_db
def test_children_only() -> None:
    person, employee = (
        Person.objects.create(name="x"),
        Employee.objects.create(name="y"),
    )
    club = Club.objects.create()
    follow_many([(person, club), (employee, club)])
    children: FollowQuerySet[Employee] = FollowQuerySet(Employee)
    assert list(children.followers_of(club)) == [employee]


@pytest.mark.parametrize(
    "visitor", [AnonymousUser(), SimpleLazyObject(lambda: AnonymousUser())]
)
def test_a_visitor_who_is_not_logged_in(visitor: Any) -> None:
    for call in (get_followers, get_followers_count, partial(follow, Ref("user", "1"))):
        with pytest.raises(InvalidResource, match="Log in first") as caught:
            call(visitor)
        assert str(caught.value).startswith("AnonymousUser is not a resource")
        assert " at 0x" not in str(caught.value)


def historical(name: str) -> Any:
    """Return the model as a migration sees it."""
    return ProjectState.from_apps(apps).apps.get_model(name)


@pytest.mark.django_db
def test_models_of_migrations() -> None:
    old_user, old_project = historical("testapp.User"), historical("testapp.Project")
    assert old_user is not User
    user, project = old_user.objects.create(), old_project.objects.create()
    assert sequere.registry.ref(user) == Ref("user", str(user.pk))
    assert follow(user, project) is True
    assert is_following(User.objects.get(), Project.objects.get()) is True
    assert get_followers_count(project, old_user) == 1
    assert list(get_followers(project, old_user).ids()) == [user.pk]
    employee = historical("sequere_testing.Employee").objects.create(name="x")
    assert sequere.registry.ref(employee) == Ref(
        "testing.person", str(employee.person_id)
    )
    # No receiver hears the signal of this deletion.
    ref = sequere.registry.ref(user)
    user.delete()
    assert get_followers_count(project) == 1
    get_backend().ask(Forget([ref]))
    assert get_followers_count(project) == 0


def test_models_of_migrations_are_not_kept() -> None:
    old = historical("testapp.User")
    assert sequere.registry.get_for_model(old).model is User
    assert old not in sequere.registry._by_class


def test_models_of_migrations_that_are_not_registered_today() -> None:
    with pytest.raises(NotRegistered) as caught:
        sequere.registry.get_for_model(historical("auth.Group"))
    message = str(caught.value)
    assert message.startswith("auth.Group is a model of a migration, ")
    assert "Use Ref(identifier, key)" in message
    assert "sequere.register" not in message


def test_watchers_see_past_and_future_models() -> None:
    registry = Registry()
    registry.register(User)
    seen: list[type[models.Model]] = []
    registry.watch(seen.append)
    registry.register(Project)
    assert seen == [User, Project]


def test_importing_the_package_needs_no_settings() -> None:
    subprocess.run([sys.executable, "-c", "import sequere, sequere.base"], check=True)
