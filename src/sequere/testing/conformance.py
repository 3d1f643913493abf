from __future__ import annotations

from sequere.testing.annotations import AnnotationTests
from sequere.testing.asynchronous import AsyncTests
from sequere.testing.bounds import BoundTests
from sequere.testing.concurrency import ConcurrencyTests
from sequere.testing.deletion import DeletionTests, TransactionTests
from sequere.testing.graph import ArchiveTests, GraphTests
from sequere.testing.identity import IdentityTests
from sequere.testing.lists import ListTests
from sequere.testing.querysets import QuerysetTests
from sequere.testing.states import DecoratedListTests, StateTests
from sequere.testing.verbs import VerbTests


class BackendConformance(
    VerbTests,
    StateTests,
    DecoratedListTests,
    ListTests,
    BoundTests,
    GraphTests,
    ArchiveTests,
    IdentityTests,
    DeletionTests,
    TransactionTests,
    ConcurrencyTests,
    AsyncTests,
    QuerysetTests,
    AnnotationTests,
):
    """One meaning everywhere: every test here passes on every backend.

    A test is skipped only where the backend says, by a `supports_*` flag, that it
    lacks what is tested.
    """
