"""The layer between the verbs and a site's visitors: it finds the visitor, checks the
permissions and makes the answer. The endpoints use it, and other views can use it too.

    change = perform(request, "follow", "author", "8")
    payload = follow_payload(change)

A refused request raises one of REFUSALS; refusal_of() gives its HTTP status.
"""

from __future__ import annotations

from sequere.web.actions import ACTIONS, Change, perform
from sequere.web.listing import Listing, find_list, list_payload
from sequere.web.payloads import follow_payload, get_label, get_url, resource_payload
from sequere.web.refusals import REFUSALS, Refusal, refusal_of
from sequere.web.states import State
from sequere.web.targets import find_kinds, find_resource
from sequere.web.viewers import find_viewer, require_viewer

__all__ = [
    "ACTIONS",
    "REFUSALS",
    "Change",
    "Listing",
    "Refusal",
    "State",
    "find_kinds",
    "find_list",
    "find_resource",
    "find_viewer",
    "follow_payload",
    "get_label",
    "get_url",
    "list_payload",
    "perform",
    "refusal_of",
    "require_viewer",
    "resource_payload",
]
