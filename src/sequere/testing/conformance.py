from __future__ import annotations

from sequere.testing.annotations import AnnotationTests
from sequere.testing.announcements import AnnouncementTests
from sequere.testing.archive import ArchiveTests, NoArchiveTests
from sequere.testing.asynchronous import AsyncTests
from sequere.testing.blocks import BlockTests
from sequere.testing.bounds import BoundTests
from sequere.testing.concurrency import ConcurrencyTests
from sequere.testing.contests import ContestTests
from sequere.testing.copying import CopyTests
from sequere.testing.deletion import DeletionTests, TransactionTests
from sequere.testing.edges import EdgeStateTests
from sequere.testing.graph import GraphTests
from sequere.testing.identity import IdentityTests
from sequere.testing.levels import LevelTests, PutTests
from sequere.testing.lists import ListTests
from sequere.testing.machine import MachineTests
from sequere.testing.mutes import MuteTests
from sequere.testing.policy import TableTests
from sequere.testing.querysets import QuerysetTests
from sequere.testing.races import RaceTests
from sequere.testing.relations import RelationTests
from sequere.testing.requesting import RequestTests
from sequere.testing.scanning import ScanTests
from sequere.testing.states import DecoratedListTests, StateTests
from sequere.testing.times import TimeTests
from sequere.testing.transfer import TransferTests
from sequere.testing.verbs import VerbTests
from sequere.testing.verifying import VerifyTests
from sequere.testing.visibility import VisibilityTests


class BackendConformance(
    VerbTests,
    RelationTests,
    AnnouncementTests,
    StateTests,
    DecoratedListTests,
    ListTests,
    TimeTests,
    BoundTests,
    GraphTests,
    ArchiveTests,
    EdgeStateTests,
    NoArchiveTests,
    TableTests,
    RequestTests,
    BlockTests,
    LevelTests,
    PutTests,
    MuteTests,
    ScanTests,
    VerifyTests,
    CopyTests,
    TransferTests,
    IdentityTests,
    DeletionTests,
    TransactionTests,
    ConcurrencyTests,
    ContestTests,
    RaceTests,
    MachineTests,
    AsyncTests,
    QuerysetTests,
    AnnotationTests,
    VisibilityTests,
):
    """The tests that every backend must pass, so that all backends behave the same.

    A test is skipped only if a `supports_*` flag of the backend says that it lacks the
    tested ability.
    """
