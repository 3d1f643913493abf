"""`python -m tests.elsewhere` makes the files of this folder again.

Each package is installed from the index, into an environment of its own below a
temporary folder, and fills a database by its own functions. A server is started for the
old keys.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.elsewhere import FILES, fill

FOLDER = Path(__file__).parent

if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="sequere-") as folder:
        for package in sys.argv[1:] or FILES:
            fill(package, Path(folder), FOLDER / FILES[package])
            print(FILES[package])
