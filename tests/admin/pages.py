"""An admin site of the tests, whose pages show follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client, TransactionTestCase, override_settings
from django.urls import path, reverse

from sequere.admin import EdgeAdmin, FollowAdminMixin
from sequere.backends.memory import MemoryBackend, Store
from sequere.exceptions import BackendUnavailable
from sequere.handler import get_backend
from sequere.models import EdgeRow
from sequere.registration import registry
from sequere.testing.models import Club, Label, Nick, Person, Place
from sequere.types import Direction

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

SIMPLE = {"BACKEND": "sequere.backends.simple.SimpleBackend"}
MEMORY = {"BACKEND": "sequere.backends.memory.MemoryBackend"}
DOWN = {"BACKEND": "tests.admin.pages.DownBackend"}


class DownBackend(MemoryBackend):
    """A backend whose server cannot be reached."""

    @property
    def store(self) -> Store:
        raise BackendUnavailable("no route")

    def clear(self) -> None:
        pass


class PersonAdmin(FollowAdminMixin, ModelAdmin):
    list_display = ("name", "followers_count", "followings_count")


class ClubAdmin(FollowAdminMixin, ModelAdmin):
    fields = readonly_fields = ("followers_count",)


class PlaceAdmin(FollowAdminMixin, ModelAdmin):
    change_form_template = "testapp/change_place.html"


class NickAdmin(FollowAdminMixin, ModelAdmin):
    pass


site = admin.AdminSite(name="panels")
site.register(Person, PersonAdmin)
site.register(Club, ClubAdmin)
site.register(Place, PlaceAdmin)
site.register(Nick, NickAdmin)
site.register(EdgeRow, EdgeAdmin)
urlpatterns = [path("panels/", site.urls)]


@override_settings(
    ROOT_URLCONF="tests.admin.pages", SEQUERE_BACKENDS={"default": SIMPLE}
)
class PagesCase(TransactionTestCase):
    def setUp(self) -> None:
        get_backend().clear()
        self.addCleanup(get_backend().clear)
        self.user = get_user_model().objects.create_superuser("admin")
        self.client.force_login(self.user)
        self.club = Club.objects.create()
        self.people = [Person.objects.create(name=f"p{n}") for n in range(12)]
        self.label = Label.objects.create(name="a/b_2F:<i>&'\"\\ é")

    def staff(self, *permissions: str) -> Client:
        """Log in a user who has only these permissions."""
        user = get_user_model().objects.create_user("staff", is_staff=True)
        found = Permission.objects.filter(codename__in=permissions)
        self.assertEqual(len(found), len(permissions))
        user.user_permissions.set(found)
        client = Client()
        client.force_login(user)
        return client

    def panel(self, obj: Any, direction: Direction, client: Any = None) -> Any:
        response = (client or self.client).get(url("change", obj))
        self.assertEqual(response.status_code, 200)
        found = {each.direction: each for each in response.context["follows"]["panels"]}
        return found[direction]

    def values(self, obj: Any, direction: Direction) -> dict[str, str]:
        """Return the form value of each row, by the label of the row."""
        return {row.label: row.value for row in self.panel(obj, direction).rows}


def url(name: str, obj: Any) -> str:
    meta = obj._meta
    args = [] if name == "changelist" else [obj.pk]
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=args)


def value(obj: Any) -> str:
    return str(registry.ref(obj))
