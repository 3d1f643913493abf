from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from sequere.handler import get_backend
from sequere.management.base import Result, SequereCommand, wrong
from sequere.times import now
from sequere.transfer.elsewhere.keys import Keys
from sequere.transfer.elsewhere.packages import RELATIONS, TABLES
from sequere.transfer.elsewhere.tables import Tables
from sequere.transfer.loading import Loader
from sequere.transfer.origin import Origin
from sequere.transfer.reading import STDIN, opened
from sequere.transfer.report import Report


class Command(SequereCommand):
    help = (
        "Stores the edges of a file of CSV or JSON lines, or of another package. An "
        "edge that exists already stays as it is."
    )
    writes = resumes = True
    counted = "rows"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        add = parser.add_argument
        add("file", nargs="?", default=STDIN, help="the file; the default is stdin")
        add("--strict", action="store_true", help="stop at the first refused row")
        add("--report", metavar="FILE", help="write all refused rows to this file")
        add("--signals", action="store_true", help="send the signals of new edges")
        add(
            "--from",
            dest="package",
            choices=sorted(TABLES),
            help="read its tables instead",
        )
        add("--database", default=DEFAULT_DB_ALIAS, help="the database of the tables")
        add("--redis", metavar="URL", help="read the keys of sequere04 here")
        add("--prefix", default="sequere", help="the beginning of these keys")
        add("--separator", default=":", help="the text between the parts of a key")
        add(
            "--relation",
            action="append",
            default=[],
            metavar="KIND=RELATION",
            help="the relation of edges of a kind; without RELATION, omit these edges",
        )

    def run(
        self,
        *,
        using: str,
        dry_run: bool,
        resume: str | None,
        strict: bool,
        signals: bool,
        **options: Any,
    ) -> Result:
        backend = get_backend(using)
        report = Report(
            options["report"], self.stderr, goes_on=bool(resume), strict=strict
        )
        loader = Loader(backend, report, dry_run=dry_run, announced=signals)
        with closing(report), origin_of(**options) as origin:

            def step(count: int, place: str) -> None:
                self.progress.step(count, place=place, fraction=origin.fraction)

            loader.load(origin.records(now(), resume), step)
        figures = {
            "rows": loader.rows,
            "new": loader.new,
            "already_there": loader.known,
            "refused": report.refused,
            "unregistered_identifiers": sorted(loader.unregistered),
        }
        if options["package"]:
            figures["left_out"] = origin.omitted
        failure = f"{report.refused} rows were refused." if report.refused else ""
        return Result(figures, failure)


@contextmanager
def origin_of(
    *,
    file: str,
    package: str | None,
    database: str,
    redis: str | None,
    prefix: str,
    separator: str,
    relation: list[str],
    **options: Any,
) -> Iterator[Origin]:
    relations = dict(map(parse_relation, relation))
    if package is None:
        if redis or relations:
            raise wrong("--redis and --relation need --from.")
        with opened(file) as found:
            yield found
    elif file != STDIN:
        raise wrong("--from reads no file. Omit one of both.")
    elif redis is None:
        yield Tables(TABLES[package], database, {**RELATIONS, **relations})
    elif package == "sequere04":
        yield Keys(redis, prefix, separator, relations.get("follow", "follow"))
    else:
        raise wrong(f"{package} stores nothing in Redis. Omit --redis.")


def parse_relation(text: str) -> tuple[str, str]:
    kind, equals, relation = text.partition("=")
    if not kind or not equals:
        raise wrong(f"{text!r} is not KIND=RELATION.")
    return kind, relation
