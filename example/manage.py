#!/usr/bin/env python
from __future__ import annotations

import os
import sys

# setdefault() would keep the settings of another project, if the shell has them.
os.environ["DJANGO_SETTINGS_MODULE"] = "demo.settings"


def main() -> None:
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
