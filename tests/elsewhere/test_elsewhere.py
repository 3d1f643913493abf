"""sequere_import --from, against databases that the packages filled themselves."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import SkipTest, mock

import pytest
from django.apps.registry import Apps
from django.contrib.auth.models import Group, User
from django.db import connection, connections, models

from sequere.declaration import declared
from sequere.models import follow
from sequere.registration import registry
from sequere.relations import Relation
from sequere.times import to_microseconds
from sequere.transfer.elsewhere import keys, tables
from sequere.types import ACTIVE, REQUESTED, Edge, Ref
from tests.elsewhere import FILES, fill
from tests.elsewhere.fill import when
from tests.engines.redis import find_valkey, server
from tests.management.test_transfer import TransferCase, every_edge
from tests.testapp.models import User as SiteUser

FOLDER = Path(__file__).parent
MAKE = "SEQUERE_TEST_ELSEWHERE"


Row = tuple[str, str, str, int, int]


def rows(edges: set[Edge]) -> set[Row]:
    return {
        (
            edge.relation,
            str(edge.source),
            str(edge.target),
            to_microseconds(edge.created),
            edge.state,
        )
        for edge in edges
    }


def row(
    source: str,
    target: str,
    moment: datetime,
    relation: str = "follow",
    state: int = ACTIVE,
) -> Row:
    return relation, source, target, to_microseconds(moment), state


class ElsewhereCase(TransferCase):
    def setUp(self) -> None:
        super().setUp()
        # The packages store follows of Django's users, so the site has the same user
        # model.
        registry.unregister(SiteUser)
        self.addCleanup(registry.register, SiteUser)
        for model in (User, Group):
            registry.register(model)
            self.addCleanup(registry.unregister, model)
        User.objects.bulk_create(
            [User(pk=10 * n, username=f"user {n}") for n in range(1, 6)]
        )
        Group.objects.create(pk=7, name="readers")

    def relation(self, name: str) -> None:
        Relation(name)
        self.addCleanup(declared.pop, name)

    def moved(self, *arguments: str) -> set[Row]:
        self.result = self.figures("sequere_import", *arguments)
        return rows(every_edge("default"))


@contextmanager
def database(script: str, case: TransferCase) -> Iterator[str]:
    """Make a database from `script`, and give its alias."""
    path = case.folder / "elsewhere.sqlite3"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    connections.settings["elsewhere"] = {
        **connections.settings["default"],
        **dict.fromkeys(["USER", "PASSWORD", "HOST", "PORT"], ""),
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {},
    }
    allowed = {"default", "elsewhere"}
    try:
        with mock.patch.object(type(case), "databases", allowed):
            yield "elsewhere"
    finally:
        connections["elsewhere"].close()
        del connections["elsewhere"]
        del connections.settings["elsewhere"]


class TableTests(ElsewhereCase):
    #: The folder with the files of the packages.
    files = FOLDER

    def imported(self, package: str, *arguments: str) -> set[Row]:
        script = (self.files / FILES[package]).read_text()
        with database(script, self) as alias:
            return self.moved("--from", package, "--database", alias, *arguments)

    def test_sequere04(self) -> None:
        self.assertEqual(
            self.imported("sequere04"),
            {
                row("user:10", "user:20", when(0)),
                row("user:20", "user:10", when(1)),
                row("user:30", "user:10", when(2)),
                row("user:10", "group:7", when(3)),
                row("group:7", "user:30", when(4)),
            },
        )
        # The package stores a follow of oneself, which is refused here.
        self.assertEqual((self.result["refused"], self.code), (1, 1))

    def test_friendship(self) -> None:
        wanted = {
            row("user:20", "user:30", when(4), "block"),
            row("user:10", "user:20", when(0)),
            row("user:10", "user:40", when(2)),
            row("user:40", "user:10", when(2)),
            row("user:40", "user:20", when(3), state=REQUESTED),
        }
        self.assertEqual(self.imported("friendship"), wanted)
        # The package keeps a follow beside a block.
        self.assertIn("A block bars user:30 -> user:20.", self.errors.getvalue())
        # A rejected request is not imported.
        self.assertEqual((self.result["left_out"], self.result["refused"]), (1, 1))
        self.assertIs(follow(Ref("user", "30"), Ref("user", "20")), False)
        self.assertEqual(self.imported("friendship"), wanted)
        self.assertEqual(self.result["new"], 0)

    def test_friends_in_a_relation_of_their_own(self) -> None:
        self.relation("friend")
        relations = [
            *("--relation", "friend=friend", "--relation", "request=friend"),
            *("--relation", "block=", "--relation", "follow="),
        ]
        self.assertEqual(
            self.imported("friendship", *relations),
            {
                row("user:10", "user:40", when(2), "friend"),
                row("user:40", "user:10", when(2), "friend"),
                row("user:40", "user:20", when(3), "friend", REQUESTED),
            },
        )
        self.assertEqual(self.result["left_out"], 4)

    def test_actstream(self) -> None:
        self.relation("like")
        found = self.imported("actstream", "--relation", "liking=like")
        self.assertEqual(
            found,
            {
                row("user:10", "user:20", when(0)),
                row("user:30", "group:7", when(1)),
                row("user:10", "user:20", when(2), "like"),
            },
        )
        # The relation of the other flag is not declared.
        self.assertEqual((self.result["refused"], self.code), (1, 1))
        self.assertIn("'watching'", self.errors.getvalue())

    def test_followit(self) -> None:
        before = datetime.now().astimezone()
        found = self.imported("followit")
        self.assertEqual(
            [ends[1:3] for ends in sorted(found, key=lambda row: row[3])],
            [
                ("user:10", "user:20"),
                ("user:30", "group:7"),
                ("user:20", "user:10"),
            ],
        )
        # The package stores no times, so only the order of the rows is known.
        latest = max(moment for *_, moment, _ in found)
        self.assertGreaterEqual(latest, to_microseconds(before))

    def test_an_import_from_tables_goes_on(self) -> None:
        first = self.imported("friendship", "--dry-run")
        self.assertEqual(first, set())
        with mock.patch.object(tables, "BATCH_SIZE", 1):
            found = self.imported("friendship", "--resume", "friendship_friend:1")
        self.assertEqual(
            found,
            {
                row("user:40", "user:10", when(2)),
                row("user:40", "user:20", when(3), state=REQUESTED),
            },
        )
        for place in ("friendship_friend", "elsewhere:1", "friendship_friend:x", "7"):
            self.imported("friendship", "--resume", place)
            self.assertEqual(self.code, 2)

    def test_rows_of_what_is_not_here(self) -> None:
        registry.unregister(Group)
        try:
            found = self.imported("actstream", "--relation", "liking=")
        finally:
            registry.register(Group)
        self.assertEqual(found, {row("user:10", "user:20", when(0))})
        self.assertIn("Group is not registered", self.errors.getvalue())
        script = (self.files / FILES["actstream"]).read_text()
        script += "UPDATE django_content_type SET model = 'gone' WHERE model = 'user';"
        with database(script, self) as alias:
            self.moved("--from", "actstream", "--database", alias)
        self.assertIn(
            "No installed app has the model auth.gone", self.errors.getvalue()
        )

    def test_a_database_without_the_tables(self) -> None:
        self.figures("sequere_import", "--from", "friendship")
        self.assertEqual(self.code, 1)
        self.assertIn("friendship_follow", self.message)

    def test_options_that_do_not_go_together(self) -> None:
        for arguments in (
            ["--from", "friendship", "--redis", "redis://localhost"],
            ["--redis", "redis://localhost"],
            ["--relation", "a=b"],
            ["--from", "friendship", "a.csv"],
            ["--from", "friendship", "--relation", "friend"],
        ):
            self.figures("sequere_import", *arguments)
            self.assertEqual(self.code, 2, arguments)


class TypedTableTests(ElsewhereCase):
    """A table in the database of the site, with the types of its engine."""

    def setUp(self) -> None:
        super().setUp()
        number = models.PositiveIntegerField
        meta = type(
            "Meta", (), {"db_table": "sequere_follow", "app_label": "x", "apps": Apps()}
        )
        self.model: Any = type(
            "Follow",
            (models.Model,),
            {
                "__module__": __name__,
                "Meta": meta,
                "created_at": models.DateTimeField(),
                "from_identifier": models.CharField(max_length=50),
                "from_object_id": number(),
                "to_identifier": models.CharField(max_length=50),
                "to_object_id": number(),
            },
        )
        with connection.schema_editor() as editor:
            editor.create_model(self.model)
        self.addCleanup(self.drop)

    def drop(self) -> None:
        with connection.schema_editor() as editor:
            editor.delete_model(self.model)

    def test_numbers_and_times(self) -> None:
        for number, (source, target) in enumerate([(10, 20), (20, 10), (10, 99)]):
            self.model.objects.create(
                created_at=when(number),
                from_identifier="user",
                from_object_id=source,
                to_identifier="user",
                to_object_id=target,
            )
        wanted = {
            row("user:10", "user:20", when(0)),
            row("user:20", "user:10", when(1)),
        }
        self.assertEqual(self.moved("--from", "sequere04"), wanted)
        self.assertIn("user:99 has no row", self.errors.getvalue())


class KeyTests(ElsewhereCase):
    """The Redis keys that django-sequere 0.4.1 left behind."""

    files = FOLDER

    def test_every_follow(self) -> None:
        found = json.loads((self.files / FILES["sequere04-redis"]).read_text())
        # The user of the server may not enter pytest's own folder.
        with (
            tempfile.TemporaryDirectory(prefix="sequere-") as folder,
            server(Path(folder), find_valkey(), "--save", "") as url,
        ):
            self.fill(url, found)
            with mock.patch.object(keys, "SCAN_SIZE", 1):
                rows = self.moved("--from", "sequere04", "--redis", url)
        seconds = {n: when(n).replace(microsecond=0) for n in range(5)}
        self.assertEqual(
            rows,
            {
                row("user:10", "user:20", seconds[0]),
                row("user:20", "user:10", seconds[1]),
                row("user:30", "user:10", seconds[2]),
                row("user:10", "group:7", seconds[3]),
                row("group:7", "user:30", seconds[4]),
            },
        )
        self.assertEqual((self.result["refused"], self.code), (1, 1))
        self.assertIn("No key says", self.errors.getvalue())

    def fill(self, url: str, found: dict[str, Any]) -> None:
        client = keys.client_of(url)
        for key, value in found.items():
            if isinstance(value, str):
                client.set(key, value)
            elif key.rpartition(":")[0] == "sequere:uid":
                client.hset(key, mapping=value)
            else:
                client.zadd(key, value)
        # These keys have another prefix, and a follow of an unknown resource.
        client.zadd(f"sequere2:uid:{'a' * 32}:followings", {"b" * 32: 1})
        client.zadd(f"sequere:uid:{'a' * 32}:followings", {"b" * 32: 1})

    def test_a_server_that_is_away(self) -> None:
        url = "redis://127.0.0.1:1/0"
        self.figures("sequere_import", "--from", "sequere04", "--redis", url)
        self.assertEqual(self.code, 1)
        self.figures(
            *("sequere_import", "--from", "sequere04", "--redis", url),
            *("--resume", "x"),
        )
        self.assertEqual(self.code, 2)


@pytest.mark.skipif(
    MAKE not in os.environ,
    reason=f"set {MAKE}=1 to install the packages from the index, and use them",
)
class MadeAgainTests(TableTests, KeyTests):
    """The same tests, with files that are made during the test."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        folder = Path(tempfile.mkdtemp(prefix="sequere-"))
        cls.addClassCleanup(shutil.rmtree, folder)
        try:
            for package, name in FILES.items():
                fill(package, folder, folder / name)
        except subprocess.CalledProcessError as exc:
            raise SkipTest(f"The packages cannot be installed: {exc}") from exc
        cls.files = folder
