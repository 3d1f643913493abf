"""Serializers that show the follow state of the viewer."""

from __future__ import annotations

from typing import Any, ClassVar
from unittest import mock

from django.contrib.auth.models import AnonymousUser, Group
from django.test import RequestFactory
from rest_framework import serializers

from sequere.api import follow
from sequere.contrib.drf import FollowStateMixin
from sequere.contrib.drf.answers import COUNTS, STATES, find_answers
from sequere.exceptions import NotRegistered
from sequere.states import with_follow_state
from sequere.testing.models import Club
from tests.contrib.drf.cases import ApiCase
from tests.contrib.drf.urls import ProjectSerializer
from tests.endpoints import MEMORY
from tests.testapp.models import Project

NOBODY = {
    "is_followed": False,
    "follows_viewer": False,
    "is_friend": False,
    "followed_since": None,
}


class FilteredList(serializers.ListSerializer[Any]):
    def to_representation(self, data: Any) -> Any:
        return super().to_representation(data.filter(name="La classe americaine"))


class FilteredSerializer(ProjectSerializer):
    class Meta(ProjectSerializer.Meta):
        list_serializer_class = FilteredList


class SmallSerializer(FollowStateMixin, serializers.ModelSerializer[Any]):
    class Meta:
        model = Project
        fields: ClassVar = ["name", "is_followed"]


class AnySerializer(FollowStateMixin):
    """A serializer for instances of any registered model."""


class ShelfSerializer(serializers.Serializer[Any]):
    projects = SmallSerializer(many=True)
    best = SmallSerializer()


class StateTests(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.others = [Project.objects.create(name=f"p{n}") for n in range(20)]
        follow(self.visitor, self.project)
        follow(self.project, self.visitor)
        follow(self.others[0], self.project)

    def count(self, number: int) -> Any:
        """Assert the number of queries to the backend."""
        return self.assertNumQueries(number if self.backend != MEMORY else 0)

    def data(
        self, instances: Any, kind: Any = ProjectSerializer, viewer: Any = 0
    ) -> Any:
        context = {"viewer": self.visitor if viewer == 0 else viewer}
        many = not isinstance(instances, (Project, dict))
        return kind(instances, many=many, context=context).data

    def test_a_page(self) -> None:
        projects = list(Project.objects.order_by("pk"))
        with self.count(3):
            rows = self.data(projects)
        self.assertIsNotNone(rows[0].pop("followed_since"))
        self.assertEqual(
            rows[0],
            {
                "id": self.project.pk,
                "name": "La classe americaine",
                "is_followed": True,
                "follows_viewer": True,
                "is_friend": True,
                "is_requested": False,
                "requests_viewer": False,
                "is_blocked": False,
                "is_muted": False,
                "followers_count": 2,
                "followings_count": 1,
            },
        )
        self.assertEqual(rows[1]["followings_count"], 1)
        self.assertLessEqual(NOBODY.items(), rows[1].items())
        self.assertEqual(len(rows), 21)

    def test_a_single_instance(self) -> None:
        with self.count(3):
            row = self.data(self.project)
        self.assertIs(row["is_friend"], True)

    def test_only_what_is_among_the_fields_is_asked(self) -> None:
        projects = list(Project.objects.all())
        with self.count(1):
            self.data(projects, SmallSerializer)

    def test_nobody(self) -> None:
        projects = list(Project.objects.order_by("pk"))
        for viewer in (None, AnonymousUser()):
            with self.count(2):
                rows = self.data(projects, viewer=viewer)
            self.assertLessEqual(NOBODY.items(), rows[0].items())
            self.assertEqual(rows[0]["followers_count"], 2)
        self.assertIs(SmallSerializer(self.project).data["is_followed"], False)

    def test_the_request(self) -> None:
        request = RequestFactory().get("/")
        request.user = self.visitor
        data = SmallSerializer(self.project, context={"request": request}).data
        self.assertIs(data["is_followed"], True)

    def test_an_api(self) -> None:
        sizes = {}
        for size in (2, 20):
            with self.assertNumQueries(6 if self.backend != MEMORY else 3):
                rows = self.api.get("/api/projects/", {"size": size}).json()["results"]
            sizes[size] = len(rows)
        self.assertEqual(sizes, {2: 2, 20: 20})
        row = self.api.get(self.project_url()).json()
        self.assertIs(row["is_followed"], True)
        row = self.stranger.get(self.project_url()).json()
        self.assertIs(row["is_followed"], False)

    def test_what_is_known_is_not_asked(self) -> None:
        projects = list(with_follow_state(self.visitor, Project.objects.all()))
        with self.count(1):
            rows = self.data(projects)
        self.assertEqual(sum(row["is_followed"] for row in rows), 1)
        with self.count(0):
            self.data(projects, SmallSerializer)

    def test_nothing_is_left_on_the_instances(self) -> None:
        self.assertIs(self.data(self.project)["is_followed"], True)
        self.assertIs(self.data(self.project, viewer=None)["is_followed"], False)
        self.assertFalse({*STATES, *COUNTS} & vars(self.project).keys())

    def test_private_counts(self) -> None:
        self.options(
            Project,
            can_list=lambda self, viewer, resource, direction: (
                viewer is not None or direction != "followers"
            ),
        )
        row = self.data(self.project, viewer=None)
        self.assertIsNone(row["followers_count"])
        self.assertEqual(row["followings_count"], 1)
        # Counts that are known in advance are private too.
        vars(self.project)["followers_count"] = 2
        self.assertIsNone(self.data(self.project, viewer=None)["followers_count"])

    def test_a_list_of_the_projects_own(self) -> None:
        for source in (Project.objects, Project.objects.all()):
            rows = FilteredSerializer(
                source, many=True, context={"viewer": self.visitor}
            ).data
            self.assertEqual([row["is_followed"] for row in rows], [True])

    def test_inside_of_others(self) -> None:
        shelf = {"projects": self.others, "best": self.project}
        with self.count(2):
            data = ShelfSerializer(shelf, context={"viewer": self.visitor}).data
        self.assertEqual(len(data["projects"]), 20)
        self.assertIs(data["best"]["is_followed"], True)

    def test_nobody_writes_it(self) -> None:
        data = {"name": "new", "is_followed": True, "followers_count": 9}
        serializer = ProjectSerializer(data=data)
        serializer.is_valid(raise_exception=True)
        # Validated data has no instance yet.
        self.assertEqual(serializer.data, {"name": "new"})
        serializer = ProjectSerializer(data=data)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        self.assertEqual(serializer.data["followers_count"], 0)

    def test_a_field_of_that_name_is_the_models(self) -> None:
        name = mock.Mock(attname="followings_count")
        vars(self.project)["followings_count"] = 99
        with mock.patch.object(Project._meta, "concrete_fields", [name]):
            [answer] = find_answers(None, [self.project], ["followings_count"]).values()
        self.assertEqual(answer, {"followings_count": 1})

    def test_what_is_not_registered(self) -> None:
        with self.assertRaises(NotRegistered):
            _ = AnySerializer(Group.objects.create()).data

    def test_several_models(self) -> None:
        follow(self.visitor, club := Club.objects.create())
        with self.count(3):
            rows = AnySerializer(
                [club, self.project], many=True, context={"viewer": self.visitor}
            ).data
        self.assertEqual([row["is_friend"] for row in rows], [False, True])


class StateInMemoryTests(StateTests):
    backend = MEMORY
