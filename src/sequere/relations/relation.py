from __future__ import annotations

from sequere.declaration import MUTE as MUTE_NAME
from sequere.relations.approving import Approving
from sequere.relations.asking import Asking
from sequere.relations.counting import Counting
from sequere.relations.listing import Listing
from sequere.relations.writing import Writing


class Relation(Writing, Approving, Asking, Counting, Listing):
    """A named directed graph, such as follows between users, or bookmarks of books.

    Declare each relation once, as a value, in a `sequere_registry.py`:

        bookmark = Relation("bookmark", targets=[Book])

    An edge leads from its source to its target: the user is the source of a bookmark,
    and the book is its target. `sources` and `targets` are the models, or identifiers,
    that may stand at each end; None allows every registered model. With `barred`, a
    block cuts the edges between its two ends, and keeps out new edges. With `approval`,
    an edge is a request at first, if ModelBase.approval of its target says so. With
    `expires`, an edge can have an end, after which no read returns the edge; counts
    then read edges one by one.

    A resource is an instance of a registered model, or a Ref. `using` is the alias of
    a backend. All methods raise the registry's errors for other values, and
    UnknownBackend for an alias that is not configured. A method whose name begins with
    an `a` does the same for asyncio, at the same cost.

    Raise InvalidRelation for a name that is not 1 to 32 ASCII letters, digits, `_`,
    `-` or `.`, and AlreadyDeclared for a name that is taken.
    """


#: The relation of the verbs in sequere.models.
FOLLOW = Relation("follow", barred=True, approval=True)

#: The relation that follow states report as `muted`.
MUTE = Relation(MUTE_NAME, expires=True)
