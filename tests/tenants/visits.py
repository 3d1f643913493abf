"""A site with two tenants. test_django_tenants runs it in a process of its own."""

from __future__ import annotations

import json
import tempfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import SimpleTestCase
from django_tenants.utils import schema_context

from sequere.api import follow, get_followers_count, is_following
from sequere.handler import get_backend
from sequere.types import Ref
from tests.problems import problems_in
from tests.tenants.customers.models import Customer, Domain

TENANTS = {"paris": 2, "london": 3}
#: The same keys in each tenant.
USERS = [Ref("user", str(key)) for key in range(8, 11)]
GROUP = Ref("group", "1")


def figures(*arguments: str) -> Any:
    stdout = StringIO()
    call_command(*arguments, "--format=json", stdout=stdout, stderr=StringIO())
    return json.loads(stdout.getvalue())


class TenantTests(SimpleTestCase):
    databases = {"default"}

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        for name in TENANTS:
            customer = Customer(schema_name=name, name=name)
            customer.save(verbosity=0)
            Domain.objects.create(domain=f"{name}.localhost", tenant=customer)

    def setUp(self) -> None:
        for name, followers in TENANTS.items():
            with schema_context(name):
                get_backend().clear()
                User.objects.all()._raw_delete("default")
                Group.objects.update_or_create(pk=GROUP.object_id, name="readers")
                for number, ref in enumerate(USERS):
                    User.objects.create(pk=ref.object_id, username=f"user {number}")
                for ref in USERS[:followers]:
                    self.assertIs(follow(ref, GROUP), True)

    def counts(self) -> list[int]:
        found = []
        for name in TENANTS:
            with schema_context(name):
                found.append(get_followers_count(GROUP))
                self.assertEqual(problems_in(get_backend().verify()), [])
        return found

    def test_a_deletion_is_of_one_tenant(self) -> None:
        self.assertEqual(self.counts(), [2, 3])
        with schema_context("london"), transaction.atomic():
            User.objects.get(pk=USERS[0].object_id).delete()
        self.assertEqual(self.counts(), [2, 2])
        with schema_context("paris"):
            self.assertIs(is_following(USERS[0], GROUP), True)
            Group.objects.all().delete()
        self.assertEqual(self.counts(), [0, 2])

    def test_the_public_schema_has_a_graph_of_its_own(self) -> None:
        user, group = User.objects.create(), Group.objects.create()
        self.assertIs(follow(user, group), True)
        user.delete()
        self.assertEqual(get_followers_count(group), 0)
        group.delete()
        self.assertEqual(self.counts(), [2, 3])

    def test_two_tenants_in_one_transaction(self) -> None:
        with transaction.atomic():
            for name in TENANTS:
                with schema_context(name):
                    follow(GROUP, USERS[0])
        for name in TENANTS:
            with schema_context(name):
                self.assertEqual(get_followers_count(USERS[0]), 1)

    def test_requests(self) -> None:
        path = f"/{USERS[2].object_id}/{GROUP.object_id}/"
        for name, answer in (
            ("paris", {"new": True, "followers": 3}),
            ("london", {"new": False, "followers": 3}),
        ):
            host = {"host": f"{name}.localhost"}
            with schema_context("public"):
                self.assertEqual(self.client.get(path, headers=host).json(), answer)
        self.assertEqual(self.counts(), [3, 3])

    def test_each_command_works_on_its_tenant(self) -> None:
        for name, followers in TENANTS.items():
            tenant = f"--tenant={name}"
            self.assertEqual(figures("sequere_stats", tenant)["edges"], followers)
            found = figures("sequere_verify", tenant)
            self.assertEqual((found["edges"], found["problems"]), (followers, 0))
        self.assertEqual(figures("sequere_stats")["edges"], 0)
        with self.assertRaisesMessage(CommandError, "no tenant 'rome'") as caught:
            figures("sequere_stats", "--tenant=rome")
        self.assertEqual(caught.exception.returncode, 2)

    def test_the_commands_of_the_package_run_ours(self) -> None:
        stdout = StringIO()
        command = "sequere_stats", "--format=json"
        for name in TENANTS:
            with redirect_stdout(stdout), schema_context("public"):
                call_command("tenant_command", *command, schema_name=name)
        edges = [json.loads(line)["edges"] for line in stdout.getvalue().splitlines()]
        self.assertEqual(edges, [2, 3])

    def test_edges_of_one_tenant_move_to_another(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "edges.csv")
            figures("sequere_export", path, "--tenant=london")
            found = figures("sequere_import", path, "--tenant=paris")
        self.assertEqual(found["new"], 1)
        self.assertEqual(self.counts(), [3, 3])
        figures("sequere_forget", str(GROUP), "--tenant=paris")
        self.assertEqual(self.counts(), [0, 3])
