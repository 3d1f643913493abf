"""A site that follows the guide to tenants, with the real django-tenants."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.settings import ENGINE

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(ENGINE != "postgresql", reason="needs schemas")
@pytest.mark.skipif(not find_spec("django_tenants"), reason="needs django-tenants")
def test_a_site_with_two_tenants(tmp_path: Path) -> None:
    """The site has settings of its own, so it needs a process of its own."""
    process = subprocess.run(
        [sys.executable, "-m", "django", "test", "--noinput", "tests.tenants.visits"],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.tenants.settings",
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert "Ran 7 tests" in process.stderr
