"""Runs blocks from stdin as a reader types them in `manage.py shell`.

The tests start this script in the folder of a project, so that each page has its own
Django.
"""

from __future__ import annotations

import doctest
import json
import os
import sys
from contextlib import redirect_stdout
from io import StringIO
from typing import Any


class Shell:
    """The blocks of one page share their names, as in one session."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.names: dict[str, Any] = {"__name__": "__console__"}
        self.printed = ""

    def python(self, text: str) -> None:
        with redirect_stdout(StringIO()) as printed:
            exec(compile(text, self.page, "exec"), self.names)
        self.printed = printed.getvalue()

    def text(self, text: str) -> None:
        """Return the output of the block before this one."""
        wanted = text.lstrip("\n")
        checker = doctest.OutputChecker()
        if not checker.check_output(wanted, self.printed, doctest.ELLIPSIS):
            sys.exit(f"{self.page} shows\n{wanted}but prints\n{self.printed}")

    def pycon(self, text: str) -> None:
        parser = doctest.DocTestParser()
        test = parser.get_doctest(text, self.names, self.page, self.page, 0)
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        if runner.run(test, clear_globs=False).failed:
            sys.exit(1)
        self.names.update(test.globs)

    def sql(self, text: str) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            for statement in text.split(";\n"):
                cursor.execute(statement)
            rows = cursor.fetchall() if cursor.description else []
        self.printed = "".join(" | ".join(map(str, row)) + "\n" for row in rows)


if __name__ == "__main__":
    import django

    sys.path[0] = ""
    os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
    django.setup()
    shell = Shell(sys.argv[1])
    for kind, text in json.load(sys.stdin):
        getattr(shell, kind)(text)
