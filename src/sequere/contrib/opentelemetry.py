"""Spans and metrics of backend calls, by the semantic conventions of OpenTelemetry for
database clients. They contain no object ids and no messages of errors.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from sequere import __version__
from sequere.declaration import declared
from sequere.observing import Call, Observer, Running, add_observer, remove_observer

try:
    from opentelemetry.metrics import MeterProvider, get_meter
    from opentelemetry.trace import SpanKind, StatusCode, TracerProvider, get_tracer
except ModuleNotFoundError as exc:
    if exc.name is None or exc.name.partition(".")[0] != "opentelemetry":
        raise
    raise ImportError(
        "sequere.contrib.opentelemetry needs the API of OpenTelemetry: "
        "pip install 'django-sequere[opentelemetry]'"
    ) from exc

__all__ = ["instrument", "uninstrument"]

#: The oldest conventions with stable names for databases.
SCHEMA = "https://opentelemetry.io/schemas/1.33.0"
#: The limits of the histogram in seconds, as the conventions want them.
BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]

instrumented: list[Observer] = []
lock = Lock()


def instrument(
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
) -> None:
    """Make a span and a measurement of every backend call of this process.

    Without arguments, the global providers are used. A second call replaces the first.
    """
    observer = telemetry(tracer_provider, meter_provider)
    with lock:
        stop()
        instrumented.append(observer)
        add_observer(observer)


def uninstrument() -> None:
    """End what instrument() began."""
    with lock:
        stop()


def stop() -> None:
    while instrumented:
        remove_observer(instrumented.pop())


def telemetry(
    tracer_provider: TracerProvider | None, meter_provider: MeterProvider | None
) -> Observer:
    """Return an observer that writes to these providers."""
    tracer = get_tracer("sequere", __version__, tracer_provider, SCHEMA)
    meter = get_meter("sequere", __version__, meter_provider, SCHEMA)
    duration = meter.create_histogram(
        "db.client.operation.duration",
        unit="s",
        description="Duration of database client operations.",
        explicit_bucket_boundaries_advisory=BUCKETS,
    )

    def observe(call: Call) -> Running:
        attributes = attributes_of(call)
        with tracer.start_as_current_span(
            name_of(attributes),
            kind=SpanKind.CLIENT,
            attributes=attributes | batch_of(call),
            # The messages of errors contain object ids.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield
            if call.error is not None:
                attributes["error.type"] = call.outcome
                span.set_attribute("error.type", call.outcome)
                span.set_status(StatusCode.ERROR)
            elif call.results is not None and not isinstance(call.answer, int):
                span.set_attribute("db.response.returned_rows", call.results)
            duration.record(call.seconds, attributes)

    return observe


def attributes_of(call: Call) -> dict[str, Any]:
    """Return the attributes of a span and of a measurement. All have few values."""
    attributes = {
        "db.system.name": call.backend.system,
        "db.operation.name": call.verb,
        "sequere.alias": call.alias,
    }
    # The name of an unknown relation may come from anywhere.
    if call.relation in declared:
        attributes["db.collection.name"] = call.relation
    return attributes


def name_of(attributes: dict[str, Any]) -> str:
    names = "db.operation.name", "db.collection.name"
    return " ".join(attributes[name] for name in names if name in attributes)


def batch_of(call: Call) -> dict[str, Any]:
    """The conventions want the size of a batch, and none for a single operation."""
    return {"db.operation.batch.size": call.size} if call.size > 1 else {}
