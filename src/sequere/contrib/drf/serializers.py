"""Serializers with the follow state between the visitor and each object.

FollowStateMixin gives the serializer of a registered model read-only fields. The viewer
is the `viewer` in the context, or else the viewer of the `request` in the context. A
page (`many=True`), or a single instance, costs one query for all states and one for
each count among the fields. Instances that with_follow_state() has prepared cost no
query. A count is null if ModelBase.can_list() returns False.

An instance of a model that is not registered raises NotRegistered.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db.models import Model
from django.db.models.manager import BaseManager
from rest_framework import serializers
from rest_framework.fields import SkipField

from sequere.contrib.drf.answers import COUNTS, STATES, Answers, find_answers
from sequere.registration import registry
from sequere.viewers import viewer_ref
from sequere.web import find_viewer


class Answer:
    """A field whose value the serializer has fetched for all instances."""

    field_name: str | None
    parent: Any

    def get_attribute(self, instance: Any) -> Any:
        return self.parent.follow_answer(instance, self.field_name)


class BooleanAnswer(Answer, serializers.BooleanField):
    pass


class IntegerAnswer(Answer, serializers.IntegerField):
    pass


class DateTimeAnswer(Answer, serializers.DateTimeField):
    pass


class FollowStateMixin(serializers.Serializer[Any]):
    # No docstring: schemas would show it for the classes of projects.

    is_followed = BooleanAnswer(read_only=True)
    follows_viewer = BooleanAnswer(read_only=True)
    is_friend = BooleanAnswer(read_only=True)
    followed_since = DateTimeAnswer(read_only=True, allow_null=True)
    is_requested = BooleanAnswer(read_only=True)
    requests_viewer = BooleanAnswer(read_only=True)
    is_blocked = BooleanAnswer(read_only=True)
    is_muted = BooleanAnswer(read_only=True)
    followers_count = IntegerAnswer(read_only=True, allow_null=True)
    followings_count = IntegerAnswer(read_only=True, allow_null=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._answers: Answers = {}

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> Any:
        found: Any = super().many_init(*args, **kwargs)
        # Meta.list_serializer_class is left to the project, which may set its own.
        kind: Any = type(found)
        found.__class__ = asking_once(kind)
        return found

    def to_representation(self, instance: Any) -> Any:
        if isinstance(instance, Model) and registry.ref(instance) not in self._answers:
            self.ask([instance])
        return super().to_representation(instance)

    def ask(self, instances: Iterable[Any]) -> None:
        """Fetch the answers for all `instances` at once."""
        names = {
            name
            for name, field in self.fields.items()
            if isinstance(field, Answer) and name in (*STATES, *COUNTS)
        }
        models = [each for each in instances if isinstance(each, Model)]
        self._answers = find_answers(self.get_viewer(), models, names)

    def get_viewer(self) -> Any:
        """Return the viewer, or None for an anonymous visitor."""
        if "viewer" in self.context:
            viewer = self.context["viewer"]
        else:
            request = self.context.get("request")
            viewer = find_viewer(request) if request else None
        return None if viewer_ref(viewer) is None else viewer

    def follow_answer(self, instance: Any, name: str) -> Any:
        if not isinstance(instance, Model):
            # Other values, such as validated data, are not resources.
            raise SkipField
        return self._answers[registry.ref(instance)][name]


class AskingOnce(serializers.ListSerializer[Any]):
    """A list whose child fetches all answers before it shows the first item."""

    child: Any

    def to_representation(self, data: Any) -> Any:
        items = list(data.all() if isinstance(data, BaseManager) else data)
        self.child.ask(items)
        return super().to_representation(items)


@cache
def asking_once(base: Any) -> Any:
    """Return a subclass of `base` and AskingOnce. `base` may filter the items first."""
    if issubclass(AskingOnce, base):
        return AskingOnce
    return type(base.__name__, (base, AskingOnce), {"__module__": base.__module__})
