"""What runs beside one engine, which the environment names."""

from __future__ import annotations

import os
import tempfile

import django
from django.test.utils import setup_databases, teardown_databases

from benchmarks.options import parse


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    with tempfile.TemporaryDirectory(prefix="sequere-benchmarks-") as folder:
        # Where the settings put the files of SQLite.
        tempfile.tempdir = folder
        django.setup()
        from benchmarks.suite import run

        databases = setup_databases(verbosity=0, interactive=False)
        try:
            run(parse())
        finally:
            teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main()
