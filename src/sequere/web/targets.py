"""From the words of a URL to what they mean."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import BadRequest
from django.db import DataError
from django.db.models import Model
from django.http import Http404
from django.utils.translation import gettext as _

from sequere.exceptions import InvalidEdge
from sequere.registration import registry
from sequere.types import Ref
from sequere.validation import clean_ref


def find_resource(identifier: str, object_id: str) -> Model:
    """The instance, as visitors see it. One query.

    Raise Http404 for an identifier of no model and for what ModelBase.get_queryset()
    does not have, and BadRequest for a text that is no key of the model.
    """
    ref = find_ref(identifier, object_id)
    try:
        found = registry.resolve([ref])
    except (ValueError, TypeError, OverflowError, DataError) as exc:
        # A field of the project's own, or the database, is who finds that it is none.
        raise BadRequest(_("This link is not valid.")) from exc
    if ref not in found:
        raise Http404(_("This page does not exist."))
    return found[ref]


def find_ref(identifier: str, object_id: str) -> Ref:
    """The ref, whether or not there is such an object. No query.

    Raise Http404 for an identifier of no model, and BadRequest for a text that is no
    key of the model.
    """
    registration = registry.find(identifier)
    if registration is None:
        raise Http404(_("This page does not exist."))
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
