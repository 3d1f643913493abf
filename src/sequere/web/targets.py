"""Finds the objects and models that the words of a URL name."""

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
    """Return the instance, if the visitor may see it. `viewer` is None for an anonymous
    visitor.

    Raise Http404 for an unknown identifier, for an instance that
    ModelBase.get_queryset() or visible_to() hides, and for an instance that blocks the
    visitor. Raise BadRequest for a text that cannot be a key of the model. One query,
    and one more if there is a viewer.
    """
    found = find_visible(viewer, find_ref(identifier, object_id))
    if viewer is not None and api.is_blocking(found, viewer):
        raise missing()
    return found


def find_visible(viewer: Any, ref: Ref) -> Model:
    """Do the same as find_resource(), but also find an instance that blocks the
    visitor. One query.
    """
    found = look_up(viewer, ref)
    if found is None:
        raise missing()
    return found


def look_up(viewer: Any, ref: Ref) -> Model | None:
    """Return the instance, or None if the visitor may not see it. Raise BadRequest. One
    query.
    """
    try:
        return registry.resolve([ref], Audience(viewer)).get(ref)
    except (ValueError, TypeError, OverflowError, DataError) as exc:
        # Only the project's own field, or the database, can tell that the key is not
        # valid.
        raise BadRequest(_("This link is not valid.")) from exc


def missing() -> Http404:
    """Return the same error for missing objects and for objects that a visitor may not
    see, so that a visitor cannot tell them apart.
    """
    return Http404(_("This page does not exist."))


def find_ref(identifier: str, object_id: str) -> Ref:
    """Return the ref. The object may not exist. No query.

    Raise Http404 for an unknown identifier, and BadRequest for a text that cannot be a
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
    """Return the identifiers without duplicates. Raise BadRequest if one of them is
    unknown.
    """
    found = list(dict.fromkeys(identifiers))
    if not all(map(registry.find, found)):
        raise BadRequest(_("This kind does not exist."))
    return found
