"""Commands of a site whose tenants have schemas of their own."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import override_settings

from sequere.api import follow
from sequere.registration import registry
from tests.backends import test_tenants
from tests.backends.test_tenants import schema
from tests.settings import ENGINE


@pytest.mark.skipif(ENGINE != "postgresql", reason="needs schemas")
@override_settings(SEQUERE_TENANT="tests.backends.test_tenants.schema")
class CommandTests(test_tenants.SchemaTests):
    def edges(self, *arguments: str) -> int:
        stdout = StringIO()
        call_command("sequere_stats", *arguments, format="json", stdout=stdout)
        return int(json.loads(stdout.getvalue())["edges"])

    def test_each_command_works_on_its_tenant(self) -> None:
        for name in test_tenants.SCHEMAS:
            with schema(name):
                follow(self.user, self.club)
        self.assertEqual(self.edges(), 0)
        ref = str(registry.ref(self.user))
        call_command("sequere_forget", ref, tenant="tenant_a", stdout=StringIO())
        self.assertEqual(self.edges("--tenant=tenant_a"), 0)
        self.assertEqual(self.edges("--tenant=tenant_b"), 1)
        with schema("tenant_b"):
            # Packages have such a command, which runs others for a tenant.
            self.assertEqual(self.edges(), 1)
