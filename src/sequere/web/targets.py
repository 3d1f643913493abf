"""From the words of a URL to what they mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import BadRequest
from django.db import DataError
from django.db.models import Model
from django.http import Http404
from django.utils.translation import gettext as _

from sequere import api
from sequere.exceptions import InvalidEdge
from sequere.registration import Audience, registry
from sequere.types import Ref
from sequere.validation import clean_ref


def find_resource(viewer: Any, identifier: str, object_id: str) -> Model:
    """The instance, as this visitor may see it; `viewer` is None for an anonymous one.

    Raise Http404 for an identifier of no model, for what ModelBase.get_queryset() or
    visible_to() hides, and for what blocks the visitor; BadRequest for a text that is
    no key of the model. One query, and one more for a viewer.
    """
    found = find_visible(viewer, find_ref(identifier, object_id))
    if viewer is not None and api.is_blocking(found, viewer):
        raise missing()
    return found


def find_visible(viewer: Any, ref: Ref) -> Model:
    """find_resource(), which may block the visitor. One query."""
    found = look_up(viewer, ref)
    if found is None:
        raise missing()
    return found


def look_up(viewer: Any, ref: Ref) -> Model | None:
    """The instance, if the visitor may know of it. Raise BadRequest. One query."""
    try:
        return registry.resolve([ref], Audience(viewer)).get(ref)
    except (ValueError, TypeError, OverflowError, DataError) as exc:
        # A field of the project's own, or the database, is who finds that it is none.
        raise BadRequest(_("This link is not valid.")) from exc


def missing() -> Http404:
    """The one answer for what does not exist, and for what a visitor may not see."""
    return Http404(_("This page does not exist."))


def find_ref(identifier: str, object_id: str) -> Ref:
    """The ref, whether or not there is such an object. No query.

    Raise Http404 for an identifier of no model, and BadRequest for a text that is no
    key of the model.
    """
    registration = registry.find(identifier)
    if registration is None:
        raise missing()
    try:
        return clean_ref(registration.ref(object_id))
    except InvalidEdge as exc:
        raise BadRequest(_("This link is not valid.")) from exc


def find_kinds(identifiers: Iterable[str]) -> list[str]:
    """The same, each once. Raise BadRequest for one of no model."""
    found = list(dict.fromkeys(identifiers))
    if not all(map(registry.find, found)):
        raise BadRequest(_("This kind does not exist."))
    return found
