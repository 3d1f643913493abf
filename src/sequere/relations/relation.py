from __future__ import annotations

from sequere.relations.asking import Asking
from sequere.relations.counting import Counting
from sequere.relations.listing import Listing
from sequere.relations.writing import Writing


class Relation(Writing, Asking, Counting, Listing):
    """A named directed graph, such as follows between users, or bookmarks of books.

    Declare each relation once, as a value, in a `sequere_registry.py`:

        bookmark = Relation("bookmark", targets=[Book])

    An edge leads from its source to its target: the user is the source of a bookmark,
    the book its target. `sources` and `targets` are the models, or identifiers, that
    may stand at each end; None allows every registered model.

    A resource is an instance of a registered model, or a Ref. `using` is the alias of
    a backend. All methods raise the registry's errors for other values, and
    UnknownBackend for an alias that is not configured. A method whose name begins with
    an `a` does the same for asyncio, at the same cost.

    Raise InvalidRelation for a name that is not 1 to 32 ASCII letters, digits, `_`,
    `-` or `.`, and AlreadyDeclared for a name that is taken.
    """


#: The relation of the verbs in sequere.models.
FOLLOW = Relation("follow")
