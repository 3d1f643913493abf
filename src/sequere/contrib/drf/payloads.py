"""The schemas of the data that sequere.web.payloads makes."""

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


class MuteSerializer(serializers.Serializer[Any]):
    """What a client may say about a mute: when it ends. Without an end, it lasts."""

    until = serializers.DateTimeField(required=False, allow_null=True)


class FollowItemSerializer(serializers.Serializer[Any]):
    """An item of a list: a resource, and the time since when it is in the list."""

    identifier = serializers.CharField(read_only=True)
    object_id = serializers.CharField(read_only=True)
    # `label` is also an attribute of every serializer field: mypy needs this Any.
    label: Any = serializers.CharField(read_only=True)
    url = serializers.CharField(read_only=True, allow_null=True)
    since = serializers.DateTimeField(read_only=True)


class FollowRefusalSerializer(serializers.Serializer[Any]):
    """The reason why a request was refused."""

    detail = serializers.CharField(read_only=True)
