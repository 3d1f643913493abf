"""A server missed writes while it could not be reached."""

from __future__ import annotations

import tempfile
from io import StringIO
from pathlib import Path

from django.core.management import CommandError, call_command

from sequere.api import follow_many, get_followers_count, get_followings_count
from sequere.testing.base import NOON
from tests.backends.redis.cases import RedisCase, at, ref
from tests.backends.redis.servers import IS_CLUSTER
from tests.engines.redis import find_any, server
from tests.problems import problems_in


class MissedTests(RedisCase):
    def test_a_deletion_while_the_server_was_away(self) -> None:
        if IS_CLUSTER:
            self.skipTest("a server of its own is enough")
        people = self.people(30)
        gone = ref(people[0])
        with tempfile.TemporaryDirectory(prefix="sequere-") as folder:
            settings = Path(folder), find_any(), "--appendonly", "yes"
            always = "--appendfsync", "always"
            with server(*settings, *always) as url, at(url):
                follow_many((person, self.club, NOON) for person in people)
                follow_many((people[0], person, NOON) for person in people[1:])
            with at(url), self.assertLogs("sequere.deletion") as logs:
                people[0].delete()
            [record] = logs.records
            self.assertEqual(vars(record)["withheld"].values, [gone])
            self.assertIn("sequere_verify --repair --using default", logs.output[0])
            with server(*settings, *always) as url, at(url):
                self.assertEqual(get_followers_count(self.club), 30)
                [problem] = problems_in(self.store.verify())
                self.assertEqual(problem.where, str(gone))
                with self.assertRaisesMessage(CommandError, "--repair"):
                    call_command("sequere_verify", stdout=StringIO())
                call_command("sequere_verify", "--repair", stdout=StringIO())
                self.assertEqual(problems_in(self.store.verify()), [])
                self.assertEqual(get_followers_count(self.club), 29)
                self.assertEqual(get_followings_count(gone), 0)
                self.assertEqual(get_followers_count(people[1]), 0)
