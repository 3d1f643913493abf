"""Private accounts: a follow of them is a request, and only followers see their lists.

Everyone may know that a private account exists, and finds it in the lists of others. An
account that blocks the visitor does not exist for the visitor.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from demo.models import Account, Thing
from sequere.managers import FollowQuerySet
from sequere.models import accept_pending, is_following
from sequere.relations import BLOCK

#: One imported account in eight is private: if its number modulo eight is REST.
ONE_IN = 8
REST = 2


def open_all() -> None:
    """Make all accounts public before an import, so that it makes no requests."""
    Account.objects.filter(is_private=True).update(is_private=False)


def make_some_private() -> None:
    numbers = Account.objects.annotate(rest=F("pk") % ONE_IN)
    numbers.filter(rest=REST).update(is_private=True)


@transaction.atomic
def set_private(thing: Thing, *, private: bool) -> None:
    """Make `thing` private or public. A public thing accepts all its requests."""
    thing.is_private = private
    thing.save(update_fields=["is_private"])
    if not private:
        # Before the commit, follows by other visitors still become requests.
        transaction.on_commit(partial(accept_pending, thing))


def may_list(viewer: Thing | None, thing: Thing) -> bool:
    """Return whether `viewer` may see the lists of `thing`. For a private thing, this
    takes a query, unless with_follow_state() has looked already.
    """
    if not thing.is_private or viewer == thing:
        return True
    if viewer is None:
        return False
    known = vars(thing).get("is_followed")
    return is_following(viewer, thing) if known is None else bool(known)


def visible_to(things: QuerySet[Any], viewer: Thing | None) -> QuerySet[Any]:
    """Exclude the things that block `viewer`."""
    if viewer is None:
        return things
    blocking: FollowQuerySet[Any] = FollowQuerySet(things.model).followers_of(
        viewer, relation=BLOCK
    )
    return things.exclude(pk__in=blocking.values("pk"))
