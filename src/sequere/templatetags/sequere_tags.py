from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sequere import api
from sequere.lists import ResourceList
from sequere.lists.readers import Kind
from sequere.registration import registry
from sequere.states import with_follow_state
from sequere.viewers import Viewer, viewer_ref
from sequere.web.buttons import TEMPLATE, button_context
from sequere.web.viewers import find_viewer

#: The default viewer of a list: the viewer of the request.
REQUEST: Any = object()

register = template.Library()
register.simple_tag(with_follow_state)


@register.inclusion_tag(TEMPLATE, takes_context=True)
def follow_button(context: Context, viewer: Any, target: Any) -> dict[str, Any]:
    """Render a form that lets `viewer` follow, unfollow or unblock `target`.

    The tag costs no query if with_follow_state() has prepared `target`. Otherwise it
    costs two queries, and one more if the ModelBase of `target` has visible_to().
    """
    request = context.get("request")
    # Inclusion tags of Django pass on the CSRF token.
    next_url = request.get_full_path() if request else ""
    return button_context(viewer, target, next_url)


@register.simple_tag
def follow_scripts(nonce: object = None) -> SafeString:
    """Render the script that makes follow buttons work without reloading the page.

    `nonce` is the nonce of the content security policy, and may be lazy. It is None if
    the site has no such policy.
    """
    # A lazy nonce is false until it is converted to text.
    text = "" if nonce is None else str(nonce)
    return format_html(
        '<script src="{}"{} defer></script>',
        static("sequere/follow.js"),
        format_html(' nonce="{}"', text) if text else "",
    )


def is_following(viewer: Any, target: Any) -> bool:
    """Does `viewer` follow `target`? One query, or none for an anonymous viewer."""
    return viewer_ref(viewer) is not None and api.is_following(viewer, target)


def followers_count(target: Any, *kinds: Kind) -> int:
    return api.get_followers_count(target, *kinds)


def followings_count(source: Any, *kinds: Kind) -> int:
    return api.get_followings_count(source, *kinds)


# The package has had these filters since 2013: `{{ project|followers_count }}`.
@register.filter
def identifier(instance: Any) -> str:
    return registry.ref(instance).identifier


@register.filter("followers_count")
def followers_count_filter(target: Any, kind: Kind | None = None) -> int:
    return followers_count(target, *([kind] if kind else []))


@register.filter("followings_count")
def followings_count_filter(source: Any, kind: Kind | None = None) -> int:
    return followings_count(source, *([kind] if kind else []))


for tag in (is_following, followers_count, followings_count):
    register.simple_tag(tag)
register.filter(is_following)


@register.simple_tag(takes_context=True)
def followers(
    context: Context,
    target: Any,
    *kinds: Kind,
    viewer: Viewer = REQUEST,
    limit: int = 10,
) -> list[Any]:
    """Return pairs of a follower of `target` and the time of its follow, newest first,
    without followers that `viewer` may not see. The default `viewer` is the viewer of
    the request.

    The tag costs at most two queries, and one more for each further model.
    """
    return shown(context, api.get_followers(target, *kinds), viewer, limit)


@register.simple_tag(takes_context=True)
def followings(
    context: Context,
    source: Any,
    *kinds: Kind,
    viewer: Viewer = REQUEST,
    limit: int = 10,
) -> list[Any]:
    """Return pairs of a resource that `source` follows and the time. See followers."""
    return shown(context, api.get_followings(source, *kinds), viewer, limit)


@register.simple_tag(takes_context=True)
def friends(
    context: Context,
    resource: Any,
    *kinds: Kind,
    viewer: Viewer = REQUEST,
    limit: int = 10,
) -> list[Any]:
    """Return pairs of a friend of `resource` and the time. See followers."""
    return shown(context, api.get_friends(resource, *kinds), viewer, limit)


def shown(
    context: Context, found: ResourceList[Any], viewer: Any, limit: int
) -> list[Any]:
    if viewer is REQUEST:
        request = context.get("request")
        viewer = find_viewer(request) if request else None
    return found.visible_to(viewer)[:limit]
