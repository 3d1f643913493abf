from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, models
from django.test import TestCase
from django.test.utils import CaptureQueriesContext, isolate_apps

from sequere.base import ModelBase
from sequere.registration import registry
from sequere.testing import (
    FollowAssertions,
    factories,
    make_followers,
    make_followings,
    make_users,
)
from sequere.testing.models import Person


class UserSequere(ModelBase):
    identifier = "auth.user"


def people(count: int) -> list[Person]:
    return [Person.objects.create(name=f"p{number}") for number in range(count)]


class FactoryTests(FollowAssertions, TestCase):
    def setUp(self) -> None:
        registry.register(User, UserSequere)
        self.addCleanup(registry.unregister, User)
        self.person = Person.objects.create(name="ann")

    def test_users(self) -> None:
        users = make_users(3, is_staff=True)
        self.assertQuerySetEqual(
            User.objects.filter(is_staff=True).order_by("pk"), users
        )
        names = {user.get_username() for user in users}
        self.assertEqual(len(names), 3)
        self.assertFalse(any(user.has_usable_password() for user in users))

    def test_one_name_is_set(self) -> None:
        [user] = make_users(1, username="bob")
        self.assertEqual(user.get_username(), "bob")

    def test_followers(self) -> None:
        users = make_followers(self.person, 3)
        self.assertEqual(len(users), 3)
        self.assertFollowers(self.person, users)

    def test_followings(self) -> None:
        users = make_followings(self.person, 2)
        self.assertEqual(len(users), 2)
        self.assertFollowings(self.person, users)
        self.assertFollowers(self.person, [])

    def test_other_models(self) -> None:
        self.assertFollowers(self.person, make_followers(self.person, 2, people))
        self.assertFollowings(self.person, make_followings(self.person, 2, people))

    def test_the_follows_cost_no_query_each(self) -> None:
        users = make_users(20)
        with CaptureQueriesContext(connection) as queries:
            made = make_followers(self.person, 20, lambda count: users[:count])
        self.assertEqual(made, users)
        # The verb makes a savepoint and one statement; MariaDB takes more steps.
        self.assertLess(len(queries), 12)


@isolate_apps("tests.testapp")
def test_users_that_are_named_by_their_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Member(models.Model):
        email = models.EmailField(unique=True)
        password = models.CharField(max_length=128)
        USERNAME_FIELD = "email"

        class Meta:
            app_label = "testapp"

        def save(self, *args: Any, **kwargs: Any) -> None:
            self.full_clean(validate_unique=False, validate_constraints=False)

    monkeypatch.setattr(factories, "get_user_model", lambda: Member)
    [first, second] = make_users(2)
    assert first.email.endswith("@example.com")  # type: ignore[attr-defined]
    assert first.email != second.email  # type: ignore[attr-defined]
