"""The actions of a visitor: follow an object, block it, or answer its request."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied
from django.utils.dateparse import parse_datetime
from django.utils.timezone import make_aware
from django.utils.translation import gettext as _

from sequere import api
from sequere.base import ModelBase
from sequere.exceptions import InvalidEdge, SelfFollow, Throttled
from sequere.registration import registry
from sequere.types import Attempt, Ref
from sequere.web.states import AFTER, State, state_of
from sequere.web.targets import find_ref, find_visible, look_up, missing
from sequere.web.throttling import check_throttle
from sequere.web.viewers import require_viewer

#: Actions that begin something, and that need an object which the visitor may see.
BEGINNING = ("follow", "block", "mute")
#: Actions that end something, or answer a request. They work on hidden objects too.
ENDING = ("unfollow", "unblock", "unmute", "accept", "reject", "remove_follower")
ACTIONS = (*BEGINNING, *ENDING)


class Change(NamedTuple):
    """The state between `viewer` and `target` after an action.

    `target` is a Ref if the visitor may not see the object: because the object is gone
    or hidden, or because it blocks the visitor.
    """

    viewer: Any
    target: Any
    state: State

    @property
    def is_following(self) -> bool:
        return self.state is State.FOLLOWING


def perform(
    request: Any,
    action: str,
    identifier: str,
    object_id: str,
    *,
    until: str | None = None,
) -> Change:
    """Perform one of ACTIONS on one object, in the name of the visitor. Actions have
    the names of verbs; `unfollow` also withdraws a request. Actions are idempotent.
    `until` is the end of a mute in ISO 8601, in the current time zone if it names none.

    A follow costs two queries, and two more if it writes nothing. Any other action
    costs three queries. Finding the visitor may cost more.

    Raise LoginRequired, PermissionDenied, Http404, BadRequest, SelfFollow, Throttled or
    BackendUnavailable. ModelBase.can_follow() and throttle() are called only before a
    follow: a visitor can always block, mute, unfollow and answer requests.
    """
    check_action(action)
    viewer = require_viewer(request)
    ref = find_ref(identifier, object_id)
    if until and action != "mute":
        raise BadRequest(_("Only a mute can have an end."))
    if action == "follow":
        return follow(request, viewer, ref)
    if action in BEGINNING:
        details = {"until": find_time(until)} if until else {}
        return begin(viewer, action, ref, **details)
    return end(viewer, action, ref)


def check_action(action: str) -> None:
    if action not in ACTIONS:
        raise BadRequest(_("This action does not exist."))


def follow(request: Any, viewer: Any, ref: Ref) -> Change:
    target = find_visible(viewer, ref)
    try:
        check_follow(request, viewer, target)
    except (PermissionDenied, Throttled):
        # A hook's refusal would tell a blocked visitor that the object exists.
        if api.is_blocking(target, viewer):
            raise missing() from None
        raise
    attempt = api.attempt_follow(viewer, target)
    if attempt is Attempt.BLOCKING:
        raise PermissionDenied(_("You block this account. Unblock it first."))
    if attempt not in AFTER:
        raise missing()
    return Change(viewer, target, AFTER[attempt])


def find_time(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
    except (TypeError, ValueError):
        moment = None
    if moment is None:
        raise BadRequest(_("This time is not valid."))
    if settings.USE_TZ and moment.tzinfo is None:
        moment = make_aware(moment)
    return moment


def begin(viewer: Any, action: str, ref: Ref, **details: Any) -> Change:
    """Block or mute an object that ModelBase shows the visitor, even if the object
    blocks the visitor.
    """
    target = find_visible(viewer, ref)
    if is_same(viewer, target):
        raise BadRequest(_("You cannot do this to yourself."))
    try:
        getattr(api, action)(viewer, target, **details)
    except InvalidEdge as exc:
        raise BadRequest(_("A mute must end in the future.")) from exc
    found = api.follow_states(viewer, [ref])[ref]
    return Change(viewer, ref if found.blocks_viewer else target, state_of(found))


def end(viewer: Any, action: str, ref: Ref) -> Change:
    """Raise Http404 for an object that the visitor may not see, unless the action
    changed something: then the visitor learns of the change and nothing else.
    """
    changed = getattr(api, action)(viewer, ref)
    found = api.follow_states(viewer, [ref])[ref]
    target = None if found.blocks_viewer else look_up(viewer, ref)
    if target is None and not changed:
        raise missing()
    return Change(viewer, target or ref, state_of(found))


def end_hidden(viewer: Any, action: str, ref: Ref) -> Change:
    """Do the same as end() for an object that a view hides, even if ModelBase does not
    hide it.
    """
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
