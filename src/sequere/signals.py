from __future__ import annotations

from django.dispatch import Signal

#: An edge was made, and that is final. Arguments: `edge`, `using`.
followed = Signal()

#: An edge was removed by unfollow(), and that is final. Arguments: `edge`, `using`.
unfollowed = Signal()
