"""The driver's errors, as the package's own."""

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


def raise_for(alias: str, address: str, error: Exception) -> NoReturn:
    """Raise the package's error for `error`, which becomes its cause."""
    refused = isinstance(error, driver.AuthenticationError)
    if isinstance(error, UNAVAILABLE) and not refused:
        raise BackendUnavailable(
            f"Backend {alias!r}: {address} cannot be reached: {error}"
        ) from error
    raise BackendError(f"Backend {alias!r}: {address} refused: {error}") from error
