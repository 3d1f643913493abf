"""The endpoints for all registered models."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import DjangoModelPermissionsOrAnonReadOnly
from rest_framework.test import APIRequestFactory, force_authenticate

from sequere.api import follow, is_following
from sequere.contrib.drf import FollowViewSet
from sequere.testing.models import Person
from sequere.types import Ref
from tests.contrib.drf.cases import ApiCase
from tests.endpoints import MEMORY

ALL = ("follow", "followers", "followings", "friends")


class EndpointTests(ApiCase):
    def ask(self, name: str, resource: Any, client: Any = None) -> Any:
        client = client or self.api
        method = client.post if name == "follow" else client.get
        return method(self.url(name, resource))

    def test_any_model(self) -> None:
        for target in (self.project, self.label("a/../b"), self.label("..")):
            answer = self.ask("follow", target)
            self.assertIs(answer.json()["is_following"], True)
            self.assertTrue(is_following(self.visitor, target))
            answer = self.ask("followers", target)
            self.assertEqual(answer.json()["results"][0]["identifier"], "visitor")
            answer = self.api.delete(self.url("follow", target))
            self.assertIs(answer.json()["is_following"], False)

    def test_the_same_answers_as_the_endpoints(self) -> None:
        hidden = Person.objects.create(name="hidden")
        for ref, status in (
            (Ref("nothing", "1"), 404),
            (Ref("projet", "10000000"), 404),
            (Ref("testing.person", str(hidden.pk)), 404),
            (Ref("projet", "x"), 400),
            (Ref("projet", "9" * 30), 400),
            (Ref("testing.place", "x"), 400),
            (Ref("testing.label", "x" * 256), 400),
        ):
            for name in ALL:
                path = f"/api/follows/{name}/{ref.identifier}/{ref.object_id}"
                method = self.api.post if name == "follow" else self.api.get
                answer = method(path)
                self.assertEqual(answer.status_code, status, path)
                self.assertEqual(list(answer.json()), ["detail"])

    def test_oneself(self) -> None:
        answer = self.ask("follow", self.visitor)
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(answer.json(), {"detail": "You cannot follow yourself."})

    def test_friends(self) -> None:
        follow(self.visitor, self.project)
        follow(self.project, self.visitor)
        [friend] = self.ask("friends", self.visitor).json()["results"]
        self.assertEqual(friend["object_id"], str(self.project.pk))

    def test_permissions_of_models(self) -> None:
        view = FollowViewSet.as_view(
            {"post": "follow"},
            permission_classes=[DjangoModelPermissionsOrAnonReadOnly],
        )
        for ref, status in (("projet", 200), ("nothing", 404)):
            request = APIRequestFactory().post("/")
            force_authenticate(request, self.visitor)
            answer = view(request, identifier=ref, object_id=str(self.project.pk))
            self.assertEqual(answer.status_code, status)


class EndpointsInMemoryTests(EndpointTests):
    backend = MEMORY
