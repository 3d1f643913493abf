"""The settings of processes that share the database and the servers of a test."""

from __future__ import annotations

import json
import os

from tests.settings import *  # noqa: F403

SITE = json.loads(os.environ["SEQUERE_TEST_SITE"])
DATABASES = {"default": SITE["database"]}
SEQUERE_BACKENDS = SITE["backends"]
