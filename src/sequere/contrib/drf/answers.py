"""The follow states between a viewer and many instances, and their counts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeAlias

from django.db.models import Model

from sequere import api
from sequere.registration import registry
from sequere.states import FLAGS
from sequere.types import Direction, FollowState, Ref
from sequere.web.actions import options_of

Answers: TypeAlias = dict[Ref, dict[str, Any]]

STATES = (*FLAGS, "followed_since")
COUNTS: dict[str, tuple[Direction, Callable[..., dict[Ref, int]]]] = {
    "followers_count": ("followers", api.get_followers_counts),
    "followings_count": ("followings", api.get_followings_counts),
}


def find_answers(
    viewer: Any, instances: Iterable[Model], names: Collection[str]
) -> Answers:
    """Return the values of `names`, from STATES and COUNTS, for each instance. A count
    that the viewer may not see is None. `viewer` is None for an anonymous visitor.

    All states cost one query, and each count costs one. Values that all instances have
    already cost no query.
    """
    answers = {
        registry.ref(each): what_is_known(viewer, each, names) for each in instances
    }
    states = [name for name in STATES if name in names]
    if refs := lacking(answers, states):
        found = {} if viewer is None else api.follow_states(viewer, refs)
        for ref in refs:
            state = found.get(ref, FollowState())
            answers[ref] |= {name: getattr(state, name) for name in states}
    for name, (_, count) in COUNTS.items():
        if name in names and (refs := lacking(answers, [name])):
            for ref, number in count(refs).items():
                answers[ref][name] = number
    return answers


def what_is_known(viewer: Any, instance: Any, names: Collection[str]) -> dict[str, Any]:
    """Return the values that with_follow_state() or an annotation has set, and None for
    private counts.
    """
    # A model field with one of these names belongs to the project.
    asked = set(names) - {field.attname for field in instance._meta.concrete_fields}
    known = {name: value for name, value in vars(instance).items() if name in asked}
    can_list = options_of(instance).can_list
    for name, (direction, _) in COUNTS.items():
        if name in names and not can_list(viewer, instance, direction):
            known[name] = None
    return known


def lacking(answers: Answers, names: Collection[str]) -> list[Ref]:
    return [ref for ref, known in answers.items() if not known.keys() >= set(names)]
