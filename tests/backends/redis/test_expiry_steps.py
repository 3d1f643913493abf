"""Expire meets the verbs of a mute between their steps, in every order, and dies."""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta
from itertools import combinations
from typing import Any

from sequere.backends.redis.protocol import Exchange
from sequere.declaration import UNTIL
from sequere.models import is_muting
from sequere.questions import Add, Expire, Put
from sequere.registration import registry
from sequere.relations import MUTE
from sequere.times import now
from sequere.types import Edge, Pair
from tests.backends.redis.audit import audit
from tests.backends.redis.cases import RedisCase, without_pauses
from tests.backends.redis.servers import IS_CLUSTER
from tests.problems import problems_in

HOUR = timedelta(hours=1)
#: Calls are mixed for so many steps, which are all the steps of a call on one server.
STEPS = 4 if IS_CLUSTER else 2


class ExpiryCase(RedisCase):
    def setUp(self) -> None:
        super().setUp()
        self.me, self.other = self.people(2)
        self.pair = Pair(registry.ref(self.me), registry.ref(self.other))

    def begin(self) -> None:
        """Store a mute that has ended."""
        self.store.clear()
        self.store.ask(Add([Edge(MUTE.name, *self.pair, now() - 2 * HOUR)]))
        self.store.ask(Put([Edge(MUTE.name + UNTIL, *self.pair, now() - HOUR)]))

    def plan_of(self, verb: str) -> Any:
        match verb:
            case "expire":
                return self.expiry()
            case "mute":
                return MUTE._add(self.me, self.other)
            case "mute until":
                return MUTE._add(self.me, self.other, until=now() + HOUR)
        return MUTE._remove(self.me, self.other)

    def expiry(self) -> Any:
        return (yield from Expire(MUTE.name, [self.pair], now()))

    def steps(self, plan: Any) -> Generator[None, None, Any]:
        """Answer the questions of a plan. Stop before each exchange of the servers."""
        try:
            step = next(plan)
            while True:
                if isinstance(step, Exchange):
                    yield
                    reply = self.store._take(step._replace(pause=0))
                else:
                    reply = yield from self.steps(
                        getattr(self.store, step.hook)(step.cleaned())
                    )
                step = plan.send(reply)
        except StopIteration as done:
            return done.value

    def relations(self) -> list[str]:
        """Return the relations of the stored edges."""
        return sorted(edge.relation for edges in self.store.scan() for edge in edges)


LEFT = {
    "mute": [MUTE.name],
    "mute until": [MUTE.name, MUTE.name + UNTIL],
    "unmute": [],
}


class ExpiryInterleavingTests(ExpiryCase):
    def test_the_verb_of_the_user_wins(self) -> None:
        for verb, left in LEFT.items():
            for firsts in combinations(range(2 * STEPS), STEPS):
                with self.subTest(verb=verb, firsts=firsts):
                    self.begin()
                    calls = [
                        self.steps(self.plan_of(each)) for each in ("expire", verb)
                    ]
                    for place in range(2 * STEPS):
                        next(calls[place in firsts], None)
                    for call in calls:
                        for _ in call:
                            pass
                    self.assertEqual(self.relations(), left)
                    is_there = is_muting(self.me, self.other)
                    self.assertIs(is_there, MUTE.name in left)
                    self.assertEqual(audit(self.store), set())


class ExpiryDeathTests(ExpiryCase):
    @without_pauses()
    def test_the_next_call_finishes_what_died(self) -> None:
        for last in range(8):
            with self.subTest(last=last):
                self.begin()
                call = self.steps(self.plan_of("expire"))
                for _ in range(last):
                    next(call, None)
                call.close()
                self.assertIs(is_muting(self.me, self.other), False)
                problems_in(self.store.repair())
                self.store.ask(Expire(MUTE.name, [self.pair], now()))
                self.assertEqual(self.relations(), [])
                self.assertEqual(audit(self.store), set())
