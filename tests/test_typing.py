"""The types that type checkers infer. mypy reads this file; running it is free."""

from __future__ import annotations

from datetime import datetime
from typing import Any, assert_type

from sequere.api import (
    aget_suggestions,
    follow_states,
    followings_among,
    get_common_followers,
    get_followers,
    get_followers_counts,
    get_followings,
    get_friends,
    get_known_followers,
    get_suggestions,
)
from sequere.lists import ResourceList
from sequere.lists.suggestions import Suggestion
from sequere.types import FollowState, Page, Ref
from tests.testapp.models import Project, User

Pair = tuple[User, datetime]


def lists(user: User, project: Project) -> None:
    assert_type(get_followers(project, User), ResourceList[Pair])
    assert_type(get_followings(user, Project), ResourceList[tuple[Project, datetime]])
    assert_type(get_followings(user), ResourceList[tuple[Any, datetime]])
    assert_type(get_friends(user, "user"), ResourceList[tuple[Any, datetime]])
    assert_type(get_common_followers(user, project, User), ResourceList[Pair])
    assert_type(get_known_followers(user, project, User), ResourceList[Pair])
    assert_type(user.get_followers(User), ResourceList[Pair])


def items(project: Project) -> None:
    followers = get_followers(project, User)
    assert_type(followers[0], Pair)
    assert_type(followers[:9], list[Pair])
    assert_type(followers.first(), Pair | None)
    assert_type(followers.page(20), Page[Pair])
    assert_type(followers.instances(), ResourceList[User])
    assert_type(followers.oldest_first().instances()[0], User)
    assert_type(followers.refs(), ResourceList[Ref])
    for user, since in followers:
        assert_type(user, User)
        assert_type(since, datetime)


def batches(user: User, projects: list[Project]) -> None:
    assert_type(followings_among(user, projects), dict[Project, datetime])
    assert_type(follow_states(user, projects), dict[Project, FollowState])
    assert_type(get_followers_counts(projects), dict[Project, int])


async def suggestions(user: User) -> None:
    assert_type(get_suggestions(user, Project), list[Suggestion[Project]])
    assert_type(get_suggestions(user), list[Suggestion[Any]])
    assert_type(await aget_suggestions(user, User), list[Suggestion[User]])
