from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Model

from sequere.api import get_followers, get_followings, is_following
from sequere.registration import Resource

if TYPE_CHECKING:
    from unittest import TestCase as Base
else:
    Base = object


class FollowAssertions(Base):
    """Assertions about follows, for any TestCase: put it before the test class.

    The first two assertions are one query each. The others read a whole list. All raise
    the errors of the verbs for an object that cannot follow or be followed.
    """

    def assertFollows(  # noqa: N802
        self, source: Resource, target: Resource, *, using: str | None = None
    ) -> None:
        """Fail unless `source` follows `target`."""
        if not is_following(source, target, using=using):
            self.fail(f"{source!r} does not follow {target!r}.")

    def assertNotFollows(  # noqa: N802
        self, source: Resource, target: Resource, *, using: str | None = None
    ) -> None:
        """Fail if `source` follows `target`."""
        if is_following(source, target, using=using):
            self.fail(f"{source!r} follows {target!r}.")

    def assertFollowers(  # noqa: N802
        self,
        target: Resource,
        expected: Iterable[Model],
        *,
        using: str | None = None,
    ) -> None:
        """Fail unless `target` is followed by the `expected` instances and by nothing
        else. The order does not matter.
        """
        found = get_followers(target, using=using).instances()
        self.assertCountEqual(list(found), list(expected))

    def assertFollowings(  # noqa: N802
        self,
        source: Resource,
        expected: Iterable[Model],
        *,
        using: str | None = None,
    ) -> None:
        """Fail unless `source` follows the `expected` instances and nothing else. The
        order does not matter.
        """
        found = get_followings(source, using=using).instances()
        self.assertCountEqual(list(found), list(expected))
