"""The shape of what sequere.web.payloads makes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from sequere.web import State


class FollowChangeSerializer(serializers.Serializer[Any]):
    """The state after a change. The answer also has <identifier>_followings_count."""

    is_following = serializers.BooleanField(read_only=True)
    state = serializers.ChoiceField(list(map(str, State)), read_only=True)
    followers_count = serializers.IntegerField(read_only=True, allow_null=True)
    followers_text = serializers.CharField(read_only=True, allow_null=True)
    followings_count = serializers.IntegerField(read_only=True)


class FollowItemSerializer(serializers.Serializer[Any]):
    """An item of a list: who, and since when."""

    identifier = serializers.CharField(read_only=True)
    object_id = serializers.CharField(read_only=True)
    # An annotation, because this field has the name of an attribute of all fields.
    label: Any = serializers.CharField(read_only=True)
    url = serializers.CharField(read_only=True, allow_null=True)
    since = serializers.DateTimeField(read_only=True)


class FollowRefusalSerializer(serializers.Serializer[Any]):
    """Why not."""

    detail = serializers.CharField(read_only=True)
