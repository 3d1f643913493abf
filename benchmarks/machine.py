"""The facts about a run that a reader needs, without names or paths of the machine."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol


class Run(Protocol):
    @property
    def rounds(self) -> int: ...
    @property
    def durable(self) -> bool: ...
    @property
    def note(self) -> str: ...


def circumstances(run: Run) -> dict[str, object]:
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": describe(),
        "rounds": run.rounds,
        "durable": run.durable,
        "note": run.note,
    }


def describe() -> dict[str, object]:
    return {
        "processors": os.cpu_count(),
        "model": model(),
        "memory_gb": memory(),
        "system": platform.system(),
        "load": round(os.getloadavg()[0], 1),
    }


def model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def memory() -> int | None:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None
    return round(size / 2**30)
