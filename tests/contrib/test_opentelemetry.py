"""Spans and metrics in the real SDK, with its exporters in memory."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

from django.test import SimpleTestCase
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from sequere import observing
from sequere.api import (
    afollow,
    follow,
    follow_many,
    get_followers,
    get_followers_count,
    is_following,
)
from sequere.backends.memory import MemoryBackend
from sequere.contrib.opentelemetry import BUCKETS, instrument, uninstrument
from sequere.exceptions import BackendUnavailable, SelfFollow, UnknownRelation
from sequere.handler import get_backend
from sequere.questions import Contains
from sequere.types import Ref

# Random ids of traces have no such letters.
ME = Ref("testing.label", "zulu")
OTHERS = [Ref("testing.label", f"yoke{number}") for number in range(20)]
#: What no span and no measurement may contain.
PERSONAL = ["zulu", "yoke", "hunter2"]


class TelemetryTests(SimpleTestCase):
    def setUp(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.addCleanup(self.tracers.shutdown)
        self.reader = InMemoryMetricReader()
        meters = MeterProvider([self.reader])
        self.addCleanup(meters.shutdown)
        instrument(self.tracers, meters)
        self.addCleanup(uninstrument)
        backend = get_backend("memory")
        backend.clear()
        self.addCleanup(backend.clear)

    def spans(self) -> list[ReadableSpan]:
        found = list(self.exporter.get_finished_spans())
        for span in found:
            for text in PERSONAL:
                self.assertNotIn(text, span.to_json())
        return found

    def points(self) -> list[HistogramDataPoint]:
        data: Any = self.reader.get_metrics_data()
        for text in PERSONAL:
            self.assertNotIn(text, data.to_json())
        [scope] = data.resource_metrics[0].scope_metrics
        [metric] = scope.metrics
        self.assertEqual(
            (metric.name, metric.unit), ("db.client.operation.duration", "s")
        )
        return list(metric.data.data_points)

    def test_spans(self) -> None:
        follow(ME, OTHERS[0], using="memory")
        follow_many(((ME, other) for other in OTHERS), using="memory")
        is_following(ME, OTHERS[0], using="memory")
        get_followers(OTHERS[0], using="memory").refs().page(10)
        spans = self.spans()
        common = {
            "db.system.name": "MemoryBackend",
            "db.collection.name": "follow",
            "sequere.alias": "memory",
        }
        self.assertEqual(
            [(span.name, dict(span.attributes or {})) for span in spans],
            [
                (
                    "add follow",
                    common
                    | {"db.operation.name": "add", "db.response.returned_rows": 1},
                ),
                (
                    "add follow",
                    common
                    | {
                        "db.operation.name": "add",
                        "db.operation.batch.size": 20,
                        "db.response.returned_rows": 19,
                    },
                ),
                ("contains follow", common | {"db.operation.name": "contains"}),
                (
                    "page follow",
                    common
                    | {"db.operation.name": "page", "db.response.returned_rows": 1},
                ),
            ],
        )
        self.assertEqual({span.kind for span in spans}, {SpanKind.CLIENT})
        self.assertEqual(
            {span.status.status_code for span in spans}, {StatusCode.UNSET}
        )

    def test_errors(self) -> None:
        class Away(MemoryBackend):
            def _contains(self, asked: Contains) -> bool:
                raise BackendUnavailable(f"{asked.source} by redis://:hunter2@here")

        with self.assertRaises(SelfFollow):
            follow(ME, ME, using="memory")
        with self.assertRaises(BackendUnavailable):
            Away("away").ask(Contains("follow", ME, OTHERS[0]))
        with self.assertRaises(UnknownRelation):
            Away("away").ask(Contains("hunter2", ME, OTHERS[0]))
        spans = self.spans()
        self.assertEqual(
            [(span.name, (span.attributes or {})["error.type"]) for span in spans],
            [
                ("add follow", "SelfFollow"),
                ("contains follow", "BackendUnavailable"),
                ("contains", "UnknownRelation"),
            ],
        )
        self.assertEqual(
            {span.status.status_code for span in spans}, {StatusCode.ERROR}
        )
        self.assertEqual([span.events for span in spans], [()] * 3)
        errors = {(point.attributes or {}).get("error.type") for point in self.points()}
        self.assertEqual(
            errors, {"SelfFollow", "BackendUnavailable", "UnknownRelation"}
        )

    def test_metrics(self) -> None:
        for other in OTHERS[:3]:
            follow(ME, other, using="memory")
        get_followers_count(OTHERS[0], using="memory")
        points = sorted(self.points(), key=lambda point: point.count)
        self.assertEqual([point.count for point in points], [1, 3])
        self.assertEqual(
            [dict(point.attributes or {}) for point in points],
            [
                {
                    "db.system.name": "MemoryBackend",
                    "db.operation.name": verb,
                    "db.collection.name": "follow",
                    "sequere.alias": "memory",
                }
                for verb in ("counts", "add")
            ],
        )
        self.assertEqual(list(points[0].explicit_bounds), BUCKETS)
        self.assertGreater(points[0].sum, 0)

    def test_the_span_of_the_request_is_the_parent(self) -> None:
        tracer = self.tracers.get_tracer("site")
        with tracer.start_as_current_span("GET /"):
            follow(ME, OTHERS[0], using="memory")
        inner, outer = self.spans()
        assert inner.parent is not None
        assert outer.context is not None
        self.assertEqual(inner.parent.span_id, outer.context.span_id)

    async def test_tasks_do_not_mix_their_spans(self) -> None:
        await asyncio.gather(*(afollow(ME, each, using="memory") for each in OTHERS))
        spans = self.spans()
        self.assertEqual(len(spans), 20)
        self.assertEqual({span.parent for span in spans}, {None})

    def test_a_second_call_replaces_the_first(self) -> None:
        before = len(observing.observers)
        instrument(self.tracers)
        self.assertEqual(len(observing.observers), before)
        follow(ME, OTHERS[0], using="memory")
        self.assertEqual(len(self.spans()), 1)
        uninstrument()
        uninstrument()
        follow(ME, OTHERS[1], using="memory")
        self.assertEqual(len(self.spans()), 1)


def test_without_opentelemetry() -> None:
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "try: import sequere.contrib.opentelemetry\n"
        "except ImportError as exc: print(exc)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "pip install 'django-sequere[opentelemetry]'" in done.stdout
