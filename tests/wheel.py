"""Tries the wheel in dist/: in an empty project, with each extra of its own.

python -m tests.wheel constraints/py313-django61.txt
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

#: The module that a site with this extra imports.
IMPORTS = {
    "": "sequere.urls",
    "drf": "sequere.contrib.drf.urls",
    "redis": "sequere.backends.redis",
    "postgresql": "django.db.backends.postgresql.base",
    "debug-toolbar": "sequere.contrib.debug_toolbar",
    "opentelemetry": "sequere.contrib.opentelemetry",
    "testing": "sequere.testing.conformance",
}
SETTINGS = """
INSTALLED_APPS += ["mysite", "sequere"]
if {extra!r} == "drf":
    INSTALLED_APPS += ["rest_framework"]
if {extra!r} == "debug-toolbar":
    INSTALLED_APPS += ["debug_toolbar"]
    MIDDLEWARE.insert(0, "debug_toolbar.middleware.DebugToolbarMiddleware")
"""
REGISTRY = """
from django.contrib.auth import get_user_model

import sequere

sequere.register(get_user_model())
"""
TRIAL = """
import {module}
from django.contrib.auth import get_user_model
from django.template.loader import render_to_string
from sequere.models import follow, get_followers_count

ann, bob = [get_user_model().objects.create(username=name) for name in ("ann", "bob")]
assert follow(ann, bob) and get_followers_count(bob) == 1
context = dict(is_shown=True, csrf_token="token", followers_text="1 follower")
assert "1 follower" in render_to_string("sequere/follow_button.html", context)
"""


def main(constraints: Path) -> None:
    [wheel] = Path("dist").resolve().glob("*.whl")
    for extra in extras():
        print(f"Trying {wheel.name}[{extra}] in an empty project", flush=True)
        with tempfile.TemporaryDirectory(prefix="sequere-wheel-") as folder:
            try_wheel(wheel, extra, constraints.resolve(), Path(folder))
    print("The wheel works.")


def extras() -> list[str]:
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    return ["", *project["optional-dependencies"]]


def try_wheel(wheel: Path, extra: str, constraints: Path, folder: Path) -> None:
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv" / "bin" / "python")
    project = folder / "project"
    project.mkdir()

    def run(*arguments: str) -> None:
        environment = os.environ.copy()
        for name in ("PYTHONPATH", "DJANGO_SETTINGS_MODULE"):
            environment.pop(name, None)
        subprocess.run([python, *arguments], cwd=project, env=environment, check=True)

    wanted = f"{wheel}[{extra}]" if extra else str(wheel)
    run("-m", "pip", "install", "--quiet", "-c", str(constraints), wanted)
    run("-m", "django", "startproject", "mysite", ".")
    with (project / "mysite" / "settings.py").open("a") as settings:
        settings.write(SETTINGS.format(extra=extra))
    (project / "mysite" / "sequere_registry.py").write_text(REGISTRY)
    run("manage.py", "migrate", "--verbosity=0")
    run("manage.py", "check", "--database=default")
    run("manage.py", "findstatic", "--verbosity=0", "sequere/follow.js")
    run(
        "-Werror",
        "manage.py",
        "shell",
        "-v0",
        "-c",
        TRIAL.format(module=IMPORTS[extra]),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
