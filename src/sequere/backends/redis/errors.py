"""Turn the driver's errors into the package's own."""

from __future__ import annotations

from typing import NoReturn

from redis import exceptions as driver

from sequere.exceptions import BackendError, BackendUnavailable

UNAVAILABLE = (
    driver.ConnectionError,
    driver.TimeoutError,
    driver.ClusterDownError,
    driver.TryAgainError,
    driver.AskError,
)


class Crowded(driver.ConnectionError):
    """A call waited too long for its turn. Nothing was sent.

    `places` connections stayed in use. If `places` is None, earlier calls of the event
    loop stayed unanswered.
    """

    def __init__(self, places: int | None, seconds: float | None) -> None:
        super().__init__(f"waited {seconds} seconds")
        self.places = places
        self.seconds = seconds


def raise_for(alias: str, address: str, error: Exception) -> NoReturn:
    """Raise the package's error for `error`, which becomes its cause."""
    if isinstance(error, Crowded):
        raise BackendUnavailable(crowded(alias, address, error)) from error
    refused = isinstance(error, driver.AuthenticationError)
    if isinstance(error, UNAVAILABLE) and not refused:
        raise BackendUnavailable(
            f"Backend {alias!r}: {address} cannot be reached: {error}"
        ) from error
    raise BackendError(f"Backend {alias!r}: {address} refused: {error}") from error


def crowded(alias: str, address: str, error: Crowded) -> str:
    waited = f"Backend {alias!r}: a call waited {error.seconds:g} seconds, and"
    if error.places is None:
        return (
            f"{waited} earlier calls to {address} stayed without answer. Nothing was "
            "sent. Make fewer calls at once, or wait longer with the option "
            "'queue_timeout'."
        )
    return (
        f"{waited} all {error.places} connections to {address} stayed in use. Nothing "
        "was sent. Raise the option 'max_connections', make fewer calls at once, or "
        "wait longer with the option 'queue_timeout'."
    )
