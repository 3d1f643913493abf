"""The session of the first README of the package, on every backend."""

from __future__ import annotations

import datetime
from typing import Any

from django.test import TestCase, override_settings

from sequere.handler import get_backend


class SessionTests(TestCase):
    backend = "sequere.backends.simple.SimpleBackend"

    def setUp(self) -> None:
        settings = override_settings(SEQUERE_BACKENDS={})
        settings.enable()
        self.addCleanup(settings.disable)
        short_form = override_settings(SEQUERE_BACKEND_CLASS=self.backend)
        short_form.enable()
        self.addCleanup(short_form.disable)
        self.addCleanup(get_backend().clear)

    def test_with_functions(self) -> None:
        from sequere.models import (
            follow,
            get_followers,
            get_followers_count,
            get_followings,
            get_followings_count,
            is_following,
            unfollow,
        )
        from tests.testapp.models import Project, User

        user = User.objects.create(username="thoas")
        project = Project.objects.create(name="La classe americaine")
        follow(user, project)
        self.assertIs(is_following(user, project), True)
        self.assertEqual(get_followers_count(project), 1)
        self.assertEqual(get_followings_count(user), 1)
        self.assertEqual(repr(get_followers(user)), "[]")
        self.assert_shows(get_followers(project), "<User: thoas>")
        self.assert_shows(get_followings(user), "<Project: La classe americaine>")
        unfollow(user, project)
        self.assertIs(is_following(user, project), False)

    def test_with_the_mixin(self) -> None:
        from tests.testapp.models import Project, User

        user = User.objects.create(username="thoas")
        project = Project.objects.create(name="La classe americaine")
        user.follow(project)
        self.assertIs(user.is_following(project), True)
        self.assertEqual(project.get_followers_count(), 1)
        self.assertEqual(user.get_followings_count(), 1)
        self.assertEqual(repr(user.get_followers()), "[]")
        self.assert_shows(project.get_followers(), "<User: thoas>")
        self.assert_shows(user.get_followings(), "<Project: La classe americaine>")

    def assert_shows(self, pairs: Any, instance: str) -> None:
        [(_, when)] = pairs
        self.assertIsInstance(when, datetime.datetime)
        self.assertEqual(repr(pairs), f"[({instance}, {when!r})]")


class MemorySessionTests(SessionTests):
    backend = "sequere.backends.memory.MemoryBackend"
