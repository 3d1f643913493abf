"""Makes a virtual environment for each contender, once."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from benchmarks.process import ROOT

FOLDER = ROOT / ".benchmarks"
#: The packages that all environments have, in the versions of constraints/.
COMMON = ("Django", "psycopg[binary]", "PyMySQL")
PLOTS = ("matplotlib==3.11.2",)


def python_of(name: str, requirements: Sequence[str]) -> Path | None:
    """Return the Python of an environment with the requirements, or None if pip cannot
    install them. pip prints the reason.
    """
    folder = FOLDER / re.sub(r"[^a-z0-9.]+", "-", name.lower())
    python = folder / "bin" / "python"
    orders = [pinned(each) for each in requirements]
    digest = sha256("\n".join([sys.version, *orders]).encode()).hexdigest()
    stamp = folder / "installed"
    if not stamp.exists() or stamp.read_text() != digest:
        print(f"Installing {name}", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        if subprocess.run([*pip, "install", *orders], cwd=ROOT, check=False).returncode:
            print(f"{name}: left out: pip failed.", file=sys.stderr, flush=True)
            return None
        stamp.write_text(digest)
    return python


def pinned(requirement: str) -> str:
    if requirement.startswith("-") or "==" in requirement:
        return requirement
    name = requirement.partition("[")[0]
    found = re.search(rf"^{name}==(.*)$", constraints().read_text(), re.M | re.I)
    return f"{requirement}=={found[1]}" if found else requirement


def constraints() -> Path:
    """Return the constraints of this Python, or of the newest Python for an unknown
    one.
    """
    version = f"py{sys.version_info[0]}{sys.version_info[1]}"
    known = sorted(ROOT.glob("constraints/*.txt"))
    return next((path for path in known if version in path.name), known[-1])


def draw(results: Path) -> None:
    """Make the pictures of a JSON file, if pip can install what draws them."""
    if python := python_of("plots", PLOTS):
        plot = [str(python), "-m", "benchmarks.plots", str(results)]
        subprocess.run(plot, cwd=ROOT, check=True)
