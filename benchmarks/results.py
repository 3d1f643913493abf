"""The files of results: JSON with all samples, a page, and pictures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.environments import draw


def write(
    path: Path,
    size: dict[str, int],
    engine: str,
    found: dict[str, Any],
    page: Callable[[str, dict[str, Any]], str],
    *,
    pictures: bool,
) -> None:
    """Replace the results of one engine. Results of another size are removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    results = json.loads(path.read_text()) if path.exists() else {}
    if {name: results.get(name) for name in size} != size:
        results = {**size, "engines": {}}
    results["engines"][engine] = found
    path.write_text(json.dumps(results, indent=1) + "\n")
    path.with_suffix(".md").write_text(page(path.stem, results))
    print(f"{found['version']}: written to {path.with_suffix('.md')}", flush=True)
    if pictures:
        draw(path)
