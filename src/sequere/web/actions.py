"""What a visitor does to an object: follow it, block it, or answer its request."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.core.exceptions import BadRequest, PermissionDenied
from django.utils.translation import gettext as _

from sequere import api
from sequere.base import ModelBase
from sequere.exceptions import SelfFollow, Throttled
from sequere.registration import registry
from sequere.types import Attempt, Ref
from sequere.web.states import AFTER, State, state_of
from sequere.web.targets import find_ref, find_visible, look_up, missing
from sequere.web.throttling import check_throttle
from sequere.web.viewers import require_viewer

#: What begins something with an object, and so has to find it.
BEGINNING = ("follow", "block", "mute")
#: What ends something, or answers the object. It reaches a hidden object, too.
ENDING = ("unfollow", "unblock", "unmute", "accept", "reject", "remove_follower")
ACTIONS = (*BEGINNING, *ENDING)


class Change(NamedTuple):
    """How `viewer` stands to `target` now.

    `target` is a Ref if the visitor may not see the object: it is gone or hidden, or it
    blocks the visitor.
    """

    viewer: Any
    target: Any
    state: State

    @property
    def is_following(self) -> bool:
        return self.state is State.FOLLOWING


def perform(request: Any, action: str, identifier: str, object_id: str) -> Change:
    """Let the visitor do one of ACTIONS to one object. They have the names of the
    verbs, and `unfollow` also withdraws a request. Repeating an action is not an error.

    Two queries for a follow, and two more if nothing was written; three for any other
    action; and those of finding the visitor.

    Raise LoginRequired, PermissionDenied, Http404, BadRequest, SelfFollow, Throttled or
    BackendUnavailable. ModelBase.can_follow() and throttle() are asked before a follow
    only: a visitor can always block, mute, and end what there is.
    """
    check_action(action)
    viewer = require_viewer(request)
    ref = find_ref(identifier, object_id)
    if action == "follow":
        return follow(request, viewer, ref)
    if action in BEGINNING:
        return begin(viewer, action, ref)
    return end(viewer, action, ref)


def check_action(action: str) -> None:
    if action not in ACTIONS:
        raise BadRequest(_("This action does not exist."))


def follow(request: Any, viewer: Any, ref: Ref) -> Change:
    target = find_visible(viewer, ref)
    try:
        check_follow(request, viewer, target)
    except (PermissionDenied, Throttled):
        # No hook is asked about an object that does not exist.
        if api.is_blocking(target, viewer):
            raise missing() from None
        raise
    attempt = api.attempt_follow(viewer, target)
    if attempt is Attempt.BLOCKING:
        raise PermissionDenied(_("You block this account. Unblock it first."))
    if attempt not in AFTER:
        raise missing()
    return Change(viewer, target, AFTER[attempt])


def begin(viewer: Any, action: str, ref: Ref) -> Change:
    """Block or mute what the visitor may know of, even if it blocks the visitor."""
    target = find_visible(viewer, ref)
    if is_same(viewer, target):
        raise BadRequest(_("You cannot do this to yourself."))
    getattr(api, action)(viewer, target)
    found = api.follow_states(viewer, [ref])[ref]
    return Change(viewer, ref if found.blocks_viewer else target, state_of(found))


def end(viewer: Any, action: str, ref: Ref) -> Change:
    """Raise Http404 for an object that the visitor may not see, unless this changed
    something: then the visitor learns no more than that.
    """
    changed = getattr(api, action)(viewer, ref)
    found = api.follow_states(viewer, [ref])[ref]
    target = None if found.blocks_viewer else look_up(viewer, ref)
    if target is None and not changed:
        raise missing()
    return Change(viewer, target or ref, state_of(found))


def end_hidden(viewer: Any, action: str, ref: Ref) -> Change:
    """end(), of an object that a view hides, whatever ModelBase does."""
    if not getattr(api, action)(viewer, ref):
        raise missing()
    return Change(viewer, ref, state_of(api.follow_states(viewer, [ref])[ref]))


def check_follow(request: Any, viewer: Any, target: Any) -> None:
    if is_same(viewer, target):
        raise SelfFollow(f"{registry.ref(viewer)} cannot follow itself.")
    options = options_of(target)
    if not options.can_follow(viewer, target):
        raise PermissionDenied(_("You are not allowed to follow this."))
    check_throttle(request, options, target)


def is_same(one: Any, other: Any) -> bool:
    return registry.ref(one) == registry.ref(other)


def options_of(instance: Any) -> ModelBase:
    return registry.get_for_model(instance.__class__).options
