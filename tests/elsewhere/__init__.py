"""Databases that other packages have filled, by their own functions."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.engines.redis import find_valkey, server

SCRIPT = Path(__file__).parent / "fill.py"
#: The requirements of each package.
REQUIREMENTS = {
    "sequere04": ["Django~=5.2.0", "django-sequere==0.4.1", "six"],
    # The package needs this old client: newer clients refuse its calls.
    "sequere04-redis": ["Django~=5.2.0", "django-sequere==0.4.1", "six", "redis<3"],
    "friendship": ["Django~=5.2.0", "django-friendship"],
    "actstream": ["Django~=5.2.0", "django-activity-stream"],
    "followit": ["Django~=5.2.0", "django-followit"],
}
FILES = {
    package: f"{package}.json" if package.endswith("redis") else f"{package}.sql"
    for package in REQUIREMENTS
}


def fill(package: str, folder: Path, path: Path) -> None:
    """Install `package` below `folder`, let it fill a store, and dump that to `path`.

    Raise CalledProcessError if the index cannot be reached.
    """
    home = folder / package
    python = home / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    pip = [str(python), "-m", "pip", "install", "-q"]
    subprocess.run([*pip, *REQUIREMENTS[package]], check=True, capture_output=True)
    with redis_for(package, folder) as port:
        subprocess.run(
            [python, SCRIPT, package, path],
            check=True,
            env={"PATH": os.environ["PATH"], "REDIS_PORT": port},
        )


@contextmanager
def redis_for(package: str, folder: Path) -> Iterator[str]:
    if not package.endswith("redis"):
        yield ""
        return
    with server(folder, find_valkey(), "--save", "") as url:
        yield str(urlsplit(url).port)
