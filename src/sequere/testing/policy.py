"""Each verb is called for each content of a slot."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sequere.api import (
    block,
    is_blocking,
    is_following,
)
from sequere.questions import Add, Edges
from sequere.registration import registry
from sequere.testing.base import NOON, SECOND, ConformanceCase, needs
from sequere.testing.models import Account
from sequere.testing.table import CONTENTS, TABLE, Content, is_bar
from sequere.types import (
    REQUESTED,
    SOURCE_BARS,
    TARGET_BARS,
    Edge,
    Pair,
)

LATER = NOON + SECOND
HOUR = timedelta(hours=1)


class PolicyCase(ConformanceCase):
    def private(self) -> Account:
        return Account.objects.create(is_private=True)

    def found(self, source: Any, target: Any, relation: str = "follow") -> Edge | None:
        """Return the edge in a slot."""
        pair = Pair(registry.ref(source), registry.ref(target))
        return self.store.ask(Edges(relation, [pair])).get(pair)

    def content(self, source: Any, target: Any) -> Content:
        edge = self.found(source, target)
        bars = SOURCE_BARS * is_blocking(source, target)
        bars += TARGET_BARS * is_blocking(target, source)
        if edge is None:
            return bars or None
        self.assertEqual(bars, 0, "an edge beside a block")
        return edge.state

    def occupy(self, source: Any, target: Any, content: Content) -> None:
        if content is None:
            return
        if not is_bar(content):
            self.store.ask(Add([self.edge(source, target)._replace(state=content)]))
            return
        if content & SOURCE_BARS:
            block(source, target)
        if content & TARGET_BARS:
            block(target, source)


@needs("supports_policy")
class TableTests(PolicyCase):
    def test_each_verb_meets_each_content(self) -> None:
        for name, row in TABLE.items():
            for content in CONTENTS:
                with self.subTest(verb=name, content=content):
                    source = self.person()
                    target = Account.objects.create(is_private=row.asks)
                    self.occupy(source, target, content)
                    left, answer = row.expect(content)
                    self.assertEqual(row.do(source, target), answer)
                    self.assertEqual(self.content(source, target), left)
                    self.assertIs(is_following(source, target), left == 0)
                    edge = self.found(source, target)
                    if edge and content is not None:
                        # A request that becomes a follow gets the time of its
                        # acceptance.
                        was_accepted = (content & REQUESTED) > (edge.state & REQUESTED)
                        self.assertIs(edge.created != NOON, was_accepted)
        self.assert_true_counts()
