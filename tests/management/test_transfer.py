"""sequere_export and sequere_import."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.test import TransactionTestCase, override_settings

from sequere.handler import get_backend
from sequere.management.commands import sequere_export
from sequere.questions import Add
from sequere.registration import registry
from sequere.signals import followed
from sequere.testing.identity import AWKWARD
from sequere.testing.models import Club, Label, Person
from sequere.times import from_microseconds
from sequere.transfer import loading
from sequere.types import Edge, Ref

SIMPLE = {"BACKEND": "sequere.backends.simple.SimpleBackend"}
MEMORY = {"BACKEND": "sequere.backends.memory.MemoryBackend"}
HEADER = "from_identifier,from_object_id,to_identifier,to_object_id"


def every_edge(using: str) -> set[Edge]:
    return {edge for edges in get_backend(using).scan() for edge in edges}


def run(*arguments: str, **options: Any) -> str:
    """Return the text that a command writes to stdout."""
    stdout = StringIO()
    call_command(*arguments, stdout=stdout, stderr=StringIO(), **options)
    return stdout.getvalue()


@override_settings(SEQUERE_BACKENDS={"default": SIMPLE, "memory": MEMORY})
class TransferCase(TransactionTestCase):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def setUp(self) -> None:
        for using in ("default", "memory"):
            get_backend(using).clear()
            self.addCleanup(get_backend(using).clear)

    def path(self, name: str, text: str | None = None) -> str:
        path = self.folder / name
        if text is not None:
            path.write_text(text, encoding="utf-8", errors="surrogateescape")
        return str(path)

    def figures(self, *arguments: str) -> dict[str, Any]:
        """Return the result of a command, whether it fails or not."""
        stdout = StringIO()
        self.errors = StringIO()
        self.code = 0
        try:
            call_command(*arguments, format="json", stdout=stdout, stderr=self.errors)
        except CommandError as exc:
            self.code = exc.returncode
            self.message = str(exc)
        return json.loads(stdout.getvalue()) if stdout.getvalue() else {}

    def edges(self) -> set[Edge]:
        """Make edges of every relation, state and type, with awkward keys and times."""
        club = Club.objects.create()
        people = [Person.objects.create(name=f"p{n}") for n in range(4)]
        labels = [Label.objects.create(name=name) for name in AWKWARD]
        each = [registry.ref(one) for one in [club, *people, *labels]]
        pairs = [(a, b) for a in each[:8] for b in each if a != b]
        names = ["follow", "testing.bookmark", "testing.like"]
        times = [0, 1, -1, 1_709_208_000_123_456, -(2**52) - 7, 2**52 + 1]
        return {
            Edge(
                names[number % 3],
                *pair,
                from_microseconds(times[number % len(times)]),
                number % 8,
                number % 2 * 32767,
            )
            for number, pair in enumerate(pairs)
        }


class RoundTripTests(TransferCase):
    def test_files_of_every_kind(self) -> None:
        edges = self.edges()
        get_backend().ask(Add([*edges]))
        for name in ("a.csv", "a.jsonl", "a.csv.gz", "a.jsonl.gz"):
            with self.subTest(name):
                result = self.figures("sequere_export", self.path(name))
                assert result["edges"] == len(edges)
                assert result["bytes"] == (self.folder / name).stat().st_size
                result = self.figures(
                    "sequere_import", self.path(name), "--using=memory"
                )
                assert (self.code, result["new"]) == (0, len(edges))
                assert every_edge("memory") == edges
                get_backend("memory").clear()
        # The name of a file decides on its format.
        assert gzip.decompress(Path(self.path("a.csv.gz")).read_bytes()).startswith(
            b"relation,from_identifier,"
        )

    def test_back_into_sql(self) -> None:
        edges = self.edges()
        get_backend("memory").ask(Add([*edges]))
        run("sequere_export", self.path("a.jsonl"), using="memory")
        run("sequere_import", self.path("a.jsonl"))
        assert every_edge("default") == edges

    def test_pipes(self) -> None:
        edges = self.edges()
        get_backend().ask(Add([*edges]))
        for options in ([], ["--as=csv"], ["--gzip"]):
            with self.subTest(options):
                written = io.TextIOWrapper(io.BytesIO())
                errors = StringIO()
                call_command("sequere_export", *options, stdout=written, stderr=errors)
                assert f"edges: {len(edges)}\n" in errors.getvalue()
                data = written.buffer.getvalue()
                assert data.startswith(b"\x1f\x8b") == (options == ["--gzip"])
                stdin = io.TextIOWrapper(io.BytesIO(data))
                with mock.patch.object(sys, "stdin", stdin):
                    run("sequere_import", using="memory")
                assert every_edge("memory") == edges
                get_backend("memory").clear()

    def test_an_empty_store(self) -> None:
        for name in ("a.csv", "a.jsonl"):
            assert self.figures("sequere_export", self.path(name))["edges"] == 0
            result = self.figures("sequere_import", self.path(name))
            assert (self.code, result["rows"]) == (0, 0)

    def test_one_resource(self) -> None:
        edges = self.edges()
        get_backend().ask(Add([*edges]))
        club = registry.ref(Club.objects.get())
        run("sequere_export", self.path("a.jsonl"), "--ref", str(club))
        run("sequere_import", self.path("a.jsonl"), using="memory")
        wanted = {edge for edge in edges if club in (edge.source, edge.target)}
        assert wanted
        assert every_edge("memory") == wanted

    def test_a_ref_that_is_none(self) -> None:
        for ref in ("user", "testing.person:x", "a b:8"):
            self.figures("sequere_export", self.path("a.csv"), "--ref", ref)
            assert self.code == 2
        assert not [*self.folder.iterdir()]

    def test_a_name_that_tells_nothing(self) -> None:
        self.figures("sequere_export", self.path("edges.xlsx"))
        assert self.code == 2


class ResumeTests(TransferCase):
    def interrupted(self, target: str, at: int, *arguments: str) -> str:
        """Kill a command in its step `at`, and return the place that it named."""
        calls = iter(range(10**6))
        original: Callable[..., Any] = get_backend(arguments[-1][8:]).__class__._answer

        def fail(*args: Any) -> Any:
            if next(calls) == at:
                raise KeyboardInterrupt
            return original(*args)

        with mock.patch(target, fail):
            self.figures(*arguments)
        assert self.code == 130
        return self.message.rpartition("--resume ")[2].strip("'")

    def test_an_export_goes_on(self) -> None:
        edges = self.edges()
        get_backend().ask(Add([*edges]))
        answer = "sequere.backends.base.BaseBackend._answer"
        for name in ("a.csv", "a.csv.gz", "a.jsonl"):
            path = self.path(name)
            with mock.patch.object(sequere_export, "BATCH_SIZE", 10):
                place = self.interrupted(
                    answer, 3, "sequere_export", path, "--using=default"
                )
                assert not Path(path).exists()
                # A killed process may have written more after the place that it named.
                with Path(f"{path}.part").open("ab") as part:
                    part.write(b"half a li")
                self.figures("sequere_export", path, "--resume", place)
            assert self.code == 0
            result = self.figures("sequere_import", path, "--using=memory")
            assert (self.code, result["rows"]) == (0, len(edges))
            assert every_edge("memory") == edges
            get_backend("memory").clear()

    def test_an_import_goes_on(self) -> None:
        edges = self.edges()
        get_backend().ask(Add([*edges]))
        answer = "sequere.backends.base.BaseBackend._answer"
        for name in ("a.csv", "a.jsonl.gz"):
            path = self.path(name)
            run("sequere_export", path)
            with mock.patch.object(loading, "BATCH_SIZE", 10):
                place = self.interrupted(
                    answer, 3, "sequere_import", path, "--using=memory"
                )
                assert len(every_edge("memory")) == 30
                result = self.figures(
                    "sequere_import", path, "--using=memory", "--resume", place
                )
            assert (result["new"], result["rows"]) == (len(edges) - 30,) * 2
            assert every_edge("memory") == edges
            get_backend("memory").clear()

    def test_places_of_others(self) -> None:
        path = self.path("a.csv")
        for place in ("x", "1", "7:", ":7", "9:x", "-1:x"):
            self.figures("sequere_export", path, f"--resume={place}")
            assert self.code == 2
        Path(path).write_text(f"{HEADER}\n")
        for place in ("x", "-1", "²"):
            self.figures("sequere_import", path, f"--resume={place}")
            assert self.code == 2


class BadRowTests(TransferCase):
    def setUp(self) -> None:
        super().setUp()
        self.club = registry.ref(Club.objects.create())
        self.person = registry.ref(Person.objects.create(name="one"))
        self.ends = f"{','.join(self.person)},{','.join(self.club)}"

    def refusals(self, text: str, name: str = "a.csv") -> list[tuple[str, str]]:
        report = self.path("report.jsonl")
        path = self.path(name, text)
        self.result = self.figures("sequere_import", path, "--report", report)
        rows = map(json.loads, Path(report).read_text().splitlines())
        return [(row["where"], row["error"]) for row in rows]

    def test_the_good_rows_around_are_stored(self) -> None:
        person = ",".join(self.person)
        rows = [
            HEADER,
            f"{person},{person}",
            "testing.person,abc,testing.club,1",
            f"{person}",
            "a b,1,testing.club,1",
            f"{person},testing.club,987654",
            f"{person},testing.club,\udcff",
            "",
            f'{person},"testing.club"x,1',
            self.ends,
            self.ends,
        ]
        found = self.refusals("\n".join(rows) + "\n")
        assert [where for where, _ in found] == [
            f"line {line}" for line in (2, 3, 4, 5, 7, 9, 6)
        ]
        errors = " ".join(error for _, error in found)
        for word in ("itself", "'abc'", "2 columns", "'a b'", "not CSV", "no row"):
            assert word in errors, errors
        assert self.code == 1
        assert (self.result["new"], self.result["already_there"]) == (1, 1)
        assert (self.result["rows"], self.result["refused"]) == (9, 7)

    def test_json_rows(self) -> None:
        row = dict(zip(HEADER.split(","), self.ends.split(","), strict=True))
        bad: list[Any] = [
            *("nonsense", "[1]", "[" * 10_000, '"x"', "{}", "1e999", "9" * 5000),
            *(
                json.dumps({**row, **change})
                for change in (
                    {"state": 16},
                    {"state": "x"},
                    {"state": True},
                    {"state": 1.5},
                    {"level": -1},
                    {"level": 2**15},
                    {"created": "yesterday"},
                    {"created": 7},
                    {"created": "0001-01-01T00:00:00+14:00"},
                    {"created": "9999-12-31T23:59:59-14:00"},
                    {"relation": "nobody-declared-it"},
                    {"relation": 7},
                    {"from_object_id": None},
                    {"from_object_id": ["1"]},
                    {"from_identifier": 7},
                    {"sate": 1},
                )
            ),
            json.dumps({**row, "to_object_id": "x" * 200_000}),
        ]
        numbers = {**row, "from_object_id": int(row["from_object_id"])}
        text = "\n".join(["", json.dumps(numbers), *bad])
        # The first line that is not empty decides on the format.
        found = self.refusals("{}\n" + text, "a.jsonl")
        lines = [1, *range(4, 4 + len(bad))]
        assert [where for where, _ in found] == [f"line {line}" for line in lines]
        assert (self.code, self.result["new"]) == (1, 1)

    def test_times_and_defaults(self) -> None:
        header = f"{HEADER},created,level"
        rows = [f"{self.ends},2024-02-29T13:00:00.123456+01:00,7"]
        assert not self.refusals("\r\n".join([header, *rows]))
        edge = Edge(
            "follow",
            self.person,
            self.club,
            from_microseconds(1_709_208_000_123_456),
            level=7,
        )
        assert every_edge("default") == {edge}

    def test_strict(self) -> None:
        path = self.path("a.csv", f"{HEADER}\n{self.ends}\nx,1,x,1\n")
        self.figures("sequere_import", path, "--strict")
        assert self.code == 1
        assert "line 3: " in self.message
        assert every_edge("default") == set()

    def test_headers(self) -> None:
        for header in ("a,b", HEADER[:-5], f"{HEADER},sate", f"{HEADER},{HEADER}", "x"):
            self.figures("sequere_import", self.path("a.csv", f"{header}\n"))
            assert self.code == 1
            assert "first line" in self.message

    def test_files_that_are_damaged(self) -> None:
        path = Path(self.path("a.csv.gz"))
        whole = gzip.compress(f"{HEADER}\n{self.ends}\n".encode() * 500)
        for data in (whole[:-20], b"\x1f\x8bnonsense", whole[:50] + b"x" * 50):
            path.write_bytes(data)
            self.figures("sequere_import", str(path))
            assert self.code == 1
        self.figures("sequere_import", self.path("nowhere.csv"))
        assert self.code == 1

    def test_many_refusals_are_not_all_shown(self) -> None:
        path = self.path("a.csv", f"{HEADER}\n" + "x,1,x,1\n" * 100)
        self.figures("sequere_import", path)
        shown = self.errors.getvalue().splitlines()
        assert len(shown) == 21
        assert shown[0].endswith("line 2: x:1 cannot follow itself.")

    def test_a_dry_run(self) -> None:
        path = self.path("a.csv", f"{HEADER}\n{self.ends}\nx,1,x,1\n")
        result = self.figures("sequere_import", path, "--dry-run")
        assert (result["rows"], result["new"], result["refused"]) == (2, 0, 1)
        assert every_edge("default") == set()

    def test_identifiers_that_no_model_has(self) -> None:
        path = self.path("a.csv", f"{HEADER}\nusre,1,testing.club,1\n")
        result = self.figures("sequere_import", path, "--using=memory")
        assert result["unregistered_identifiers"] == ["usre"]
        [edge] = every_edge("memory")
        assert edge.source == Ref("usre", "1")

    def test_signals_are_sent_if_asked_for(self) -> None:
        heard: list[Edge] = []

        def hear(edge: Edge, **kwargs: Any) -> None:
            heard.append(edge)

        followed.connect(hear)
        self.addCleanup(followed.disconnect, hear)
        path = self.path("a.csv", f"{HEADER}\n{self.ends}\n")
        self.figures("sequere_import", path, "--using=memory")
        assert heard == []
        self.figures("sequere_import", path, "--signals")
        assert [edge.source for edge in heard] == [self.person]
