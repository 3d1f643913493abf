"""What happened to edges. Each signal goes out when the change is final.

The sender of the first three is the relation, and they take lists: `edges`, all of that
relation, with `reason` and `using`, the alias of the backend. The sender of the last
two, which are about follows one by one, is the class of the backend.
"""

from __future__ import annotations

from django.dispatch import Signal

#: Edges were stored. Reasons: "follow".
edges_added = Signal()

#: Edges were removed. Reasons: "unfollow", "deleted".
edges_removed = Signal()

#: Edges are in another state. Reasons: "archived", "restored".
edges_changed = Signal()

#: A follow was made. Arguments: `edge`, `reason`, `using`.
followed = Signal()

#: A follow was removed. Arguments: `edge`, `reason`, `using`.
unfollowed = Signal()


def is_heard() -> bool:
    """Has one of the signals a receiver?"""
    signals = edges_added, edges_removed, edges_changed, followed, unfollowed
    return any(signal.receivers for signal in signals)
