from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Hashable
from typing import Any

from django.dispatch import Signal

from sequere.exceptions import ReceiverWarning

ARGUMENTS = ("signal", "sender", "edge", "using")


class EdgeSignal(Signal):
    """A signal with the arguments `edge` and `using`.

    Warns of a receiver that does not take them: errors of receivers are only logged.
    """

    def connect(
        self,
        receiver: Callable[..., Any],
        sender: object | None = None,
        weak: bool = True,
        dispatch_uid: Hashable | None = None,
    ) -> None:
        super().connect(receiver, sender, weak, dispatch_uid)
        if refusal := refusal_of(receiver):
            warnings.warn(refusal, ReceiverWarning, stacklevel=2)


def refusal_of(receiver: Callable[..., Any]) -> str | None:
    """Why `receiver` cannot be called with the arguments of the signals."""
    try:
        inspect.signature(receiver).bind(**dict.fromkeys(ARGUMENTS))
    except TypeError as exc:
        name = getattr(receiver, "__name__", "receive")
        where = f"{getattr(receiver, '__module__', '?')}.{name}"
        return (
            f"The receiver {where} will never run: {exc}. Write "
            f"`def {name}(edge, using, **kwargs):`. For instances, ask "
            "sequere.registry.resolve([edge.source, edge.target])."
        )
    except ValueError:  # A function of C tells nothing about itself.
        pass
    return None


#: An edge was made, and that is final. Arguments: `edge`, `using`.
followed = EdgeSignal()

#: An edge was removed by unfollow(), and that is final. Arguments: `edge`, `using`.
unfollowed = EdgeSignal()
