from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sequere.handler import get_backend
from sequere.management.base import Result, SequereCommand, scan_steps, wrong
from sequere.transfer.statistics import Statistics, state_name

BATCH_SIZE = 5000


class Command(SequereCommand):
    help = (
        "Counts the edges by relation, state and type, and names the most followed "
        "resources. Reads every edge."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--top",
            type=int,
            default=10,
            metavar="N",
            help="the number of resources to name for each relation",
        )

    def run(self, *, using: str, top: int, **options: Any) -> Result:
        if top < 0:
            raise wrong(f"--top must be at least 0, not {top}.")
        backend, statistics = get_backend(using), Statistics()
        for edges, _ in scan_steps(backend, limit=BATCH_SIZE):
            statistics.add(edges)
            self.progress.step(len(edges))
        size, count = backend.stored_bytes(), statistics.edges
        found = {
            relation: statistics.top(backend, relation, top)
            for relation in sorted(statistics.frequent)
        }
        return Result(
            {
                "edges": count,
                "bytes": size,
                "bytes_per_edge": round(size / count, 1) if size and count else None,
                "groups": [
                    {**group._asdict(), "edges": edges}
                    for group, edges in sorted(statistics.groups.items())
                ],
                "top": [
                    {"relation": relation, "target": str(ref), "sources": sources}
                    for relation, each in found.items()
                    for ref, sources in each.targets
                ],
                "top_is_complete": all(each.is_complete for each in found.values()),
            }
        )

    def lines(self, figures: Mapping[str, Any]) -> Iterator[str]:
        each = figures["bytes_per_edge"]
        size = "" if each is None else f", {each} bytes an edge"
        yield f"{figures['edges']} edges{size}"
        groups = [
            (
                str(group["edges"]),
                group["relation"],
                f"{group['source']} -> {group['target']}",
                state_name(group["state"]),
            )
            for group in figures["groups"]
        ]
        yield from table(["edges", "relation", "types", "state"], groups)
        top = [(str(r["sources"]), r["relation"], r["target"]) for r in figures["top"]]
        yield from table(["sources", "relation", "most followed"], top)
        if not figures["top_is_complete"]:
            yield "Others may have as many: there are too many targets to count."


def table(names: list[str], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a table, or nothing if there are no rows."""
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    yield ""
    for row in [names, *rows]:
        cells = zip(row, widths, strict=True)
        yield "  ".join(cell.ljust(width) for cell, width in cells).rstrip()
