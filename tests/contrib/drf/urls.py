"""An API as a project may write it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework import permissions, serializers
from rest_framework.filters import SearchFilter
from rest_framework.routers import DefaultRouter
from rest_framework.viewsets import ModelViewSet, ReadOnlyModelViewSet

from sequere.api import get_followers
from sequere.contrib.drf import (
    FollowActionsMixin,
    FollowCursorPagination,
    FollowStateMixin,
    RefusalMixin,
)
from sequere.contrib.drf.answers import COUNTS, STATES
from tests.contrib.drf.authentication import NameAuthentication
from tests.testapp.models import Project


class ProjectSerializer(FollowStateMixin, serializers.ModelSerializer[Any]):
    class Meta:
        model = Project
        fields: ClassVar = ["id", "name", *STATES, *COUNTS]


class MembersOnly(permissions.DjangoModelPermissionsOrAnonReadOnly):
    """Everyone may read and follow; nobody has the permission to change objects."""

    def has_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        return bool(obj.name != "members")


class ProjectViewSet(FollowActionsMixin, ModelViewSet[Project]):
    queryset = Project.objects.exclude(name="hidden").order_by("pk")
    serializer_class = ProjectSerializer
    pagination_class = FollowCursorPagination
    permission_classes = (MembersOnly,)
    filter_backends = (SearchFilter,)
    search_fields = ("name",)


class TokenViewSet(ProjectViewSet):
    authentication_classes = (NameAuthentication,)


class FanViewSet(RefusalMixin, ReadOnlyModelViewSet[Any]):
    """The viewset of projects that the viewer follows."""

    serializer_class = ProjectSerializer
    pagination_class = FollowCursorPagination
    queryset: Any = Project.objects.none()

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        project = Project.objects.get(name="La classe americaine")
        return get_followers(project, Project).instances()


router = DefaultRouter()
router.register("projects", ProjectViewSet)
router.register("tokens", TokenViewSet, basename="token")
router.register("fans", FanViewSet, basename="fan")

urlpatterns = [
    path("api/", include(router.urls)),
    path("api/follows/", include("sequere.contrib.drf.urls")),
    path("api/schema/", SpectacularJSONAPIView.as_view()),
    path("accounts/", include("rest_framework.urls")),
]
