"""The permissions and filters of a view, and the objects that they hide."""

from __future__ import annotations

from typing import Any
from unittest import mock

from django.contrib.auth.models import Permission
from rest_framework import permissions
from rest_framework.filters import BaseFilterBackend
from rest_framework.generics import GenericAPIView
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.viewsets import ReadOnlyModelViewSet

from sequere.api import follow, is_following
from sequere.contrib.drf import FollowActionsMixin, FollowViewSet
from sequere.registration import registry
from sequere.testing.models import Person
from tests.contrib.drf.cases import ApiCase
from tests.endpoints import MEMORY
from tests.testapp.models import Project

LISTS = ("followers", "followings", "friends")


class NoSecrets(BaseFilterBackend):
    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        return queryset.exclude(name="secret")


class ReadWriteScope(permissions.BasePermission):
    """A permission like that of an OAuth toolkit: the scope of the token decides."""

    def has_permission(self, request: Any, view: Any) -> bool:
        reads = request.method in permissions.SAFE_METHODS
        return ("read" if reads else "write") in (request.auth or "")


class OnlyReading(permissions.BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return request.method in permissions.SAFE_METHODS


class OnlyReadingObjects(permissions.BasePermission):
    def has_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        return request.method in permissions.SAFE_METHODS


class NoPrivates(permissions.BasePermission):
    def has_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        return bool(obj.name != "private")


class StrictModelPermissions(permissions.DjangoModelPermissions):
    perms_map = {
        **permissions.DjangoModelPermissions.perms_map,
        "GET": ["%(app_label)s.view_%(model_name)s"],
    }


class ProjectViewSet(FollowActionsMixin, ReadOnlyModelViewSet[Project]):
    queryset = Project.objects.exclude(name="hidden")


class SlugViewSet(ProjectViewSet):
    lookup_field = "name"


class ViewCase(ApiCase):
    """Tests that call both views: the viewset of the project, and FollowViewSet."""

    def ask(self, action: str, base: Any, auth: Any = "", **view: Any) -> Any:
        method = {"follow": "post", "unfollow": "delete"}.get(action, "get")
        kwargs = getattr(base, "follow" if method != "get" else action).kwargs
        request = getattr(APIRequestFactory(), method)("/")
        force_authenticate(request, self.visitor, auth)
        call = base.as_view({method: action}, **{**kwargs, **view})
        identifier, key = registry.ref(self.project)
        if issubclass(base, FollowViewSet):
            return call(request, identifier=identifier, object_id=key)
        field = base.lookup_field
        return call(request, **{field: getattr(self.project, field)})

    def rename(self, name: str) -> None:
        Project.objects.update(name=name)
        self.project.refresh_from_db()


class FilterTests(ViewCase):
    def test_what_the_filters_hide(self) -> None:
        for base in (ProjectViewSet, FollowViewSet):
            for name, status in (("shown", 200), ("secret", 404)):
                self.rename(name)
                for action in (*LISTS, "follow"):
                    view: Any = {"filter_backends": [NoSecrets]}
                    answer = self.ask(action, base, **view)
                    self.assertEqual(answer.status_code, status, (base, action))

    def test_the_default_filters(self) -> None:
        # The framework reads this setting when it is imported.
        default = mock.patch.object(GenericAPIView, "filter_backends", [NoSecrets])
        for name, status in (("shown", 200), ("secret", 404)):
            self.rename(name)
            with default:
                for base in (ProjectViewSet, FollowViewSet):
                    for action in LISTS:
                        answer = self.ask(action, base)
                        self.assertEqual(answer.status_code, status)

    def test_an_unfollow_reaches_what_is_hidden(self) -> None:
        for base in (ProjectViewSet, FollowViewSet):
            for name in ("hidden", "secret"):
                self.rename("shown")
                follow(self.visitor, self.project)
                self.rename(name)
                view: Any = {"filter_backends": [NoSecrets]}
                if base is FollowViewSet and name == "hidden":
                    continue
                answer = self.ask("unfollow", base, **view)
                self.assertEqual(answer.status_code, 200)
                self.assertFalse(is_following(self.visitor, self.project))
                again = self.ask("unfollow", base, **view)
                missing, self.project.pk = self.project.pk, 123456
                unknown = self.ask("unfollow", base, **view)
                self.project.pk = missing
                self.assertEqual(again.status_code, 404)
                self.assertEqual(again.data, unknown.data)

    def test_only_a_primary_key_names_what_is_hidden(self) -> None:
        follow(self.visitor, self.project)
        self.assertEqual(self.ask("unfollow", SlugViewSet).status_code, 200)
        follow(self.visitor, self.project)
        self.rename("hidden")
        self.assertEqual(self.ask("unfollow", SlugViewSet).status_code, 404)
        self.assertEqual(self.edges(), 1)

    def test_keys_that_are_none(self) -> None:
        for key in ("x", "9" * 30, "1E999999999"):
            self.project.pk = key
            answer = ProjectViewSet.as_view({"delete": "unfollow"})
            request = APIRequestFactory().delete("/")
            force_authenticate(request, self.visitor)
            self.assertEqual(answer(request, pk=key).status_code, 404)


class FilterInMemoryTests(FilterTests):
    backend = MEMORY


class PermissionTests(ViewCase):
    def statuses(self, permission: Any, **options: Any) -> list[int]:
        """Return the statuses of a list, a follow and an unfollow, equal for both
        views.
        """
        found = []
        for base in (ProjectViewSet, FollowViewSet):
            answers = [
                self.ask(action, base, permission_classes=[permission], **options)
                for action in ("followers", "follow", "unfollow")
            ]
            found.append([answer.status_code for answer in answers])
        self.assertEqual(*found)
        return found[0]

    def test_a_token_for_reading_cannot_follow(self) -> None:
        self.assertEqual(self.statuses(ReadWriteScope, auth="read"), [200, 403, 403])
        self.assertEqual(self.statuses(ReadWriteScope, auth="read write"), [200] * 3)

    def test_permissions_for_reading_only(self) -> None:
        for permission in (OnlyReading, OnlyReadingObjects):
            self.assertEqual(self.statuses(permission), [200, 403, 403])
        follow(self.visitor, self.project)
        self.rename("hidden")
        view: Any = {"permission_classes": [OnlyReadingObjects]}
        answer = self.ask("unfollow", ProjectViewSet, **view)
        self.assertEqual(answer.status_code, 404)
        self.assertEqual(self.edges(), 1)

    def test_permissions_to_change_a_model_are_waived(self) -> None:
        for permission in (
            permissions.DjangoModelPermissions,
            permissions.DjangoModelPermissionsOrAnonReadOnly,
            permissions.DjangoObjectPermissions,
            permissions.DjangoModelPermissions & permissions.IsAuthenticated,
            OnlyReading | permissions.DjangoModelPermissions,
        ):
            self.assertEqual(self.statuses(permission), [200] * 3)
        for permission in (
            permissions.DjangoModelPermissions & OnlyReading,
            permissions.IsAuthenticated & OnlyReadingObjects,
        ):
            self.assertEqual(self.statuses(permission), [200, 403, 403])

    def test_permissions_to_view_a_model_are_not_waived(self) -> None:
        self.assertEqual(self.statuses(StrictModelPermissions), [403] * 3)
        view = Permission.objects.get(codename="view_project")
        self.visitor.user_permissions.add(view)
        self.visitor = type(self.visitor).objects.get(pk=self.visitor.pk)
        self.assertEqual(self.statuses(StrictModelPermissions), [200] * 3)

    def test_the_permissions_of_other_actions_are_as_before(self) -> None:
        self.statuses(permissions.DjangoModelPermissions)
        answer = self.api.delete(self.project_url())
        self.assertEqual(answer.status_code, 403)
        shared = permissions.DjangoModelPermissions.perms_map
        self.assertEqual(shared["POST"], ["%(app_label)s.add_%(model_name)s"])

    def test_permissions_of_an_object(self) -> None:
        self.assertEqual(self.statuses(NoPrivates), [200] * 3)
        self.rename("private")
        self.assertEqual(self.statuses(NoPrivates), [403] * 3)


class HiddenByModelBaseTests(ViewCase):
    def test_an_unfollow_reaches_what_is_hidden(self) -> None:
        person = Person.objects.create(name="shown")
        follow(self.visitor, person)
        Person.objects.update(name="hidden")
        url = self.url("follow", person)
        answer = self.api.delete(url)
        self.assertEqual(answer.status_code, 200)
        self.assertIsNone(answer.json()["followers_count"])
        self.assertEqual(self.edges(), 0)
        again = self.api.delete(url)
        missing = self.api.delete("/api/follows/follow/testing.person/123456")
        self.assertEqual((again.status_code, missing.status_code), (404, 404))
        self.assertEqual(again.content, missing.content)
