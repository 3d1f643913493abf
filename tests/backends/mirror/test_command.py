"""A script calls sequere_mirror, and the command refuses wrong settings."""

from __future__ import annotations

import json
from contextlib import suppress
from io import StringIO
from typing import Any
from unittest import mock

from django.core.checks import CheckMessage
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.test import SimpleTestCase, override_settings

from sequere.api import follow, get_followers_count, is_following, unfollow
from sequere.backends.mirror import backend, roles, swapping
from sequere.backends.mirror.journal import Journal
from sequere.backends.mirror.marks import CLOSED, MOVED, OPEN
from sequere.backends.simple import triggers
from sequere.checks import check_databases
from sequere.exceptions import BackendError, BackendUnavailable, InvalidBackend
from sequere.handler import get_backend
from sequere.models import EdgeRow
from sequere.questions import Add, Remove
from sequere.testing.verifying import without_pauses
from sequere.types import Pair
from tests.backends.mirror.cases import MirrorCase, aliases


class CommandCase(MirrorCase):
    def call(self, *arguments: str) -> Any:
        output, errors = StringIO(), StringIO()
        options: Any = {"format": "json", "stdout": output, "stderr": errors}
        call_command("sequere_mirror", *arguments, **options)
        return json.loads(output.getvalue())

    def fails(self, code: int, text: str, *arguments: str) -> None:
        with self.assertRaisesMessage(CommandError, text) as caught:
            self.call(*arguments)
        self.assertEqual(caught.exception.returncode, code)

    def status(self, *names: str) -> list[Any]:
        found = self.call("status")
        return [found[name] for name in names]


class CommandTests(CommandCase):
    def test_status_and_drain(self) -> None:
        self.store.primary.ask(Add([self.edge(self.people[0])]))
        self.assertEqual(self.status("role", "mirror", "intents"), [OPEN, "ready", 1])
        self.assertEqual(self.call("drain"), {"settled": 1, "left": 0})
        self.assertEqual(self.status("intents", "oldest"), [0, 0.0])
        self.assert_equal()

    def test_repair_leaves_intents_to_drain(self) -> None:
        self.store.primary.ask(Add([self.edge(self.people[0])]))
        with without_pauses():
            self.assertEqual(self.call("repair")["mended"], 0)
        self.assertEqual(self.status("intents"), [1])
        self.assertEqual(self.edges("redis"), set())

    def test_repair_and_rebuild(self) -> None:
        follow(self.people[0], self.club)
        self.store.mirror.clear()
        with without_pauses():
            self.assertEqual(self.call("repair")["mended"], 1)
        self.assert_equal()
        self.store.mirror.clear()
        self.assertEqual(self.call("rebuild"), {"edges": 1})
        self.assert_equal()

    def test_a_mirror_with_other_edges_is_not_removed(self) -> None:
        self.call("stop")
        self.assertEqual(self.status("role", "mirror"), [None, None])
        follow(self.people[0], self.club)
        self.store.mirror.ask_quietly(Add([self.edge(self.people[1])]))
        self.fails(2, "allow it with --replace", "start")
        self.assertEqual(self.call("start", "--replace"), {"edges": 1})
        self.assert_equal()

    def test_wrong_words(self) -> None:
        self.fails(2, "--watch goes with", "status", "--watch")
        self.fails(2, "--resume goes with", "drain", "--resume=1:2")
        self.fails(2, "which has no mirror", "status", "--using=sql")
        self.fails(1, "is open, and not closed", "open")
        self.fails(1, "is open, and not returning", "swap-back")
        self.call("stop")
        self.fails(2, "is not started", "drain")

    def test_checks(self) -> None:
        self.assertEqual(self.found(), [])
        triggers.execute(connection, self.sides.journal.dialect.note_no_more)
        [message] = self.found()
        self.assertEqual(message.id, "sequere.E017")
        self.assertIn("sequere_mirror_added", message.msg)
        self.call("stop")
        self.assertEqual([message.id for message in self.found()], ["sequere.W016"])

    def found(self) -> list[CheckMessage]:
        return check_databases(databases=["default"])

    def test_a_site_without_a_mirror_pays_nothing(self) -> None:
        self.call("stop")
        found = triggers.stored(connection)
        self.assertEqual([name for name in found if "mirror" in name], [])
        self.assertNotIn("sequere_intent", connection.introspection.table_names())


class SwapTests(CommandCase):
    def setUp(self) -> None:
        # Each call reads the role, and nobody waits.
        for module, name in (
            (roles, "ROLE_SECONDS"),
            (swapping, "LONGEST_ROLE"),
            (backend, "SWAP_SECONDS"),
        ):
            self.enterContext(mock.patch.object(module, name, 0))
        super().setUp()
        follow(self.people[0], self.club)

    def call(self, *arguments: str) -> Any:
        with without_pauses():
            return super().call(*arguments)

    def test_there_and_back(self) -> None:
        self.assertEqual(self.call("swap"), {"role": MOVED})
        self.assertTrue(follow(self.people[1], self.club))
        self.assertTrue(unfollow(self.people[0], self.club))
        self.assertFalse(is_following(self.people[0], self.club))
        self.assertEqual(get_followers_count(self.club), 1)
        self.assertEqual(self.edges("sql"), {self.first})
        self.assertFalse(self.store.supports_querysets)
        self.assertEqual(self.call("swap-back"), {"role": OPEN})
        self.assertEqual(get_followers_count(self.club), 1)
        self.assertTrue(follow(self.people[2], self.club))
        self.assertEqual(len(self.edges("sql")), 2)
        self.assertTrue(self.store.supports_querysets)
        self.call("drain")
        self.assert_equal()

    @property
    def first(self) -> Any:
        [edge] = self.edges("sql")
        return edge

    def test_edges_that_are_in_the_mirror_already(self) -> None:
        self.call("stop")
        self.store.mirror.ask_quietly(Add([self.edge(each) for each in self.people]))
        self.fails(2, "allow it with --replace", "adopt")
        self.assertEqual(self.call("adopt", "--replace"), {"role": MOVED})
        self.assertEqual(self.status("role", "mirror"), [MOVED, MOVED])
        self.fails(1, "is moved, and not open", "start")
        self.assertTrue(unfollow(self.people[3], self.club))
        self.assertEqual(get_followers_count(self.club), 3)
        with self.assertRaisesMessage(Exception, "moved to another store"):
            EdgeRow.objects.all().delete()
        self.assertEqual(self.call("swap-back"), {"role": OPEN})
        self.assertEqual(len(self.edges("sql")), 3)
        self.assert_equal()
        self.fails(2, "is started already: its primary is open", "adopt")

    def test_an_adoption_that_was_killed_goes_on(self) -> None:
        self.call("stop")
        with (
            mock.patch.object(Journal, "refuse", side_effect=KeyboardInterrupt),
            suppress(CommandError),
        ):
            self.call("adopt", "--replace")
        self.store.primary.ask(Add([self.edge(self.people[1])]))
        self.assertEqual(self.call("adopt"), {"role": MOVED})
        with self.assertRaisesMessage(Exception, "moved to another store"):
            self.store.primary.ask(Add([self.edge(self.people[2])]))

    def test_the_old_primary_refuses_every_write(self) -> None:
        self.call("swap")
        with self.assertRaisesMessage(Exception, "moved to another store"):
            self.store.primary.ask(Add([self.edge(self.people[1])]))
        with self.assertRaisesMessage(Exception, "moved to another store"):
            EdgeRow.objects.all().delete()
        self.assertEqual(len(self.edges("sql")), 1)

    def test_nobody_rebuilds_what_has_moved(self) -> None:
        mark = self.sides.journal.mark()
        self.call("swap")
        follow(self.people[1], self.club)
        self.fails(1, "is moved, and not open", "rebuild")
        self.fails(1, "is moved, and not open", "start")
        # A rebuild that has seen the role before the swap comes late.
        with self.assertRaises(BackendError):
            self.sides.mirror.begin(mark.generation + 10**9)
        self.assertEqual(len(self.edges("redis")), 2)

    def test_a_difference_stops_the_swap(self) -> None:
        self.store.mirror.clear()
        self.fails(1, "1 edges differ", "swap")
        self.assertEqual(self.sides.journal.role(), OPEN)
        self.assertTrue(follow(self.people[1], self.club))

    def test_a_difference_is_found_before_writes_are_refused(self) -> None:
        self.store.mirror.clear()
        with (
            mock.patch.object(Journal, "refuse") as refuse,
            without_pauses(),
            self.assertRaises(swapping.Differs),
        ):
            list(swapping.swap(self.sides))
        refuse.assert_not_called()

    def test_a_mirror_that_lags_does_not_stop_the_swap(self) -> None:
        first, edges = self.first, [self.edge(each) for each in self.people[1:]]
        self.store.primary.ask(Add(edges))
        self.store.primary.ask(Remove("follow", [Pair(*first[1:3])]))
        with without_pauses(), mock.patch.object(swapping, "drain", return_value=[]):
            phases = [step.phase for step in swapping.swap(self.sides)]
        self.assertEqual(phases.count("close"), 1)
        self.assertEqual(self.edges("redis"), set(edges))

    def test_writes_wait_for_a_swap_that_was_killed(self) -> None:
        steps = swapping.swap(self.sides)
        with without_pauses():
            while self.sides.journal.role() == OPEN:
                next(steps)
        self.assertEqual(self.sides.journal.role(), CLOSED)
        self.assertTrue(is_following(self.people[0], self.club))
        with self.assertRaises(BackendUnavailable):
            follow(self.people[1], self.club)
        with transaction.atomic(), self.assertRaises(BackendUnavailable):
            unfollow(self.people[0], self.club)
        self.assertEqual(self.call("open"), {"role": OPEN})
        self.call("rebuild")
        self.assertTrue(follow(self.people[1], self.club))
        with without_pauses():
            for _ in swapping.swap(self.sides):
                if self.sides.journal.role() == CLOSED:
                    break
        self.assertEqual(self.call("swap"), {"role": MOVED})
        self.assertEqual(len(self.edges("redis")), 2)

    def test_an_edge_that_has_no_row_any_more_is_not_lost(self) -> None:
        self.call("swap")
        follow(self.people[1], self.club)
        type(self.people[1]).objects.filter(pk=self.people[1].pk)._raw_delete("default")
        self.fails(1, "cannot be stored in 'sql'", "swap-back")
        lost = self.edge(self.people[1])
        self.store.mirror.ask_quietly(Remove("follow", [Pair(*lost[1:3])]))
        self.call("swap-back")
        self.assert_equal()


class SettingTests(SimpleTestCase):
    def refused(self, text: str, **changed: Any) -> None:
        entries = aliases("redis://127.0.0.1:1/0", **changed)
        entries["replicas"] = {
            "BACKEND": "sequere.backends.redis.RedisBackend",
            "OPTIONS": {"location": ["redis://127.0.0.1:1", "redis://127.0.0.1:2"]},
        }
        with (
            override_settings(SEQUERE_BACKENDS=entries),
            self.assertRaisesMessage(InvalidBackend, text),
        ):
            get_backend()

    def test_options(self) -> None:
        self.refused("'primary' or 'mirror'", reads="both")
        self.refused("is 'nowhere', which is not in", primary="nowhere")
        self.refused("is RedisBackend. It takes the alias of a Simple", primary="redis")
        self.refused("is MirrorBackend. It takes", primary="default")
        self.refused("is SimpleBackend. It takes the alias of a Redis", mirror="sql")
        self.refused("has replicas", mirror="replicas")


class OtherEngineTests(SimpleTestCase):
    def test_an_engine_that_is_not_supported(self) -> None:
        """The primary's own check reports it, once."""
        with (
            override_settings(SEQUERE_BACKENDS=aliases("redis://127.0.0.1:1/0")),
            mock.patch.object(connections["default"], "vendor", "oracle"),
        ):
            found = [message.id for message in check_databases(databases=["default"])]
            # And there is no such server of Redis.
            self.assertEqual(found, ["sequere.E002", "sequere.W007"])
            with self.assertRaisesMessage(CommandError, "SimpleBackend runs on"):
                call_command("sequere_mirror", "start")
