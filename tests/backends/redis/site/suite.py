"""The tests of that site. Each test fails if it sees follows of another test."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import TestCase, TransactionTestCase

import sequere
from sequere.models import afollow, follow, get_followers_count
from sequere.types import Ref

for model in (User, Group):
    sequere.register(model)


def follow_once() -> None:
    reader, club = User.objects.create(pk=1, username="reader"), Group(pk=1)
    club.save()
    assert get_followers_count(club) == 0
    for _ in range(10):
        assert follow(reader, club) is True
        assert follow(reader, club) is False
        assert get_followers_count(club) == 1
        assert sequere.models.unfollow(reader, club) is True
    assert follow(reader, club) is True


class FirstTests(TestCase):
    def test_one(self) -> None:
        follow_once()

    def test_two(self) -> None:
        follow_once()


class SecondTests(TransactionTestCase):
    def test_one(self) -> None:
        follow_once()

    def test_two(self) -> None:
        follow_once()


class ClassTests(TestCase):
    follows: bool

    @classmethod
    def setUpTestData(cls) -> None:
        cls.follows = follow(Ref("user", "1"), Ref("group", "1"))

    def test_what_a_class_has_set_up_is_gone(self) -> None:
        self.assertIs(self.follows, True)
        self.assertEqual(get_followers_count(Ref("group", "1")), 0)


class AsyncTests(TestCase):
    def test_one(self) -> None:
        assert asyncio.run(afollow(Ref("user", "1"), Ref("group", "1"))) is True

    def test_two(self) -> None:
        self.test_one()


@pytest.mark.parametrize("number", [1, 2])
def test_function(db: Any, number: int) -> None:
    follow_once()
