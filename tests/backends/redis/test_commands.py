"""Commands of a site whose tenants have keys of their own."""

from __future__ import annotations

import json
import tempfile
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.test import override_settings

from sequere.api import follow, is_following
from sequere.registration import registry
from tests.backends.redis.cases import RedisCase
from tests.backends.redis.test_tenants import current, tenant


@override_settings(SEQUERE_TENANT="tests.backends.redis.test_tenants.tenant")
class TenantTests(RedisCase):
    options = {"prefix": current.get}

    def setUp(self) -> None:
        super().setUp()
        self.clear()
        self.addCleanup(self.clear)

    def clear(self) -> None:
        with tenant("tests-b"):
            self.store.clear()

    def figures(self, *arguments: str) -> Any:
        stdout = StringIO()
        call_command(*arguments, "--format=json", stdout=stdout, stderr=StringIO())
        return json.loads(stdout.getvalue())

    def test_each_command_works_on_its_tenant(self) -> None:
        with tenant("tests-b"):
            follow(self.user, self.club)
        self.assertEqual(self.figures("sequere_stats")["edges"], 0)
        found = self.figures("sequere_stats", "--tenant=tests-b")
        self.assertEqual(found["edges"], 1)
        self.assertGreater(found["bytes"], 0)
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "edges.csv")
            self.figures("sequere_export", path, "--tenant=tests-b")
            self.assertEqual(self.figures("sequere_import", path)["new"], 1)
        ref = str(registry.ref(self.user))
        self.figures("sequere_forget", ref, "--tenant=tests-b")
        self.assertIs(is_following(self.user, self.club), True)
        with tenant("tests-b"):
            self.assertIs(is_following(self.user, self.club), False)
