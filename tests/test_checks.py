"""Checks of the registrations. test_settings.py has the checks of the settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.core.checks import run_checks

from sequere.registration import registry
from sequere.testing.models import Account


@pytest.fixture(params=["is_privat", "id", "following_rows", "pk", True, []], ids=repr)
def wrong(request: pytest.FixtureRequest) -> Iterator[Any]:
    options = registry.get_for_model(Account).options
    with mock.patch.object(options, "approval", request.param):
        yield request.param


def test_approval_that_names_no_boolean_field(wrong: Any) -> None:
    [error] = run_checks()
    assert error.id == "sequere.E014"
    assert f"AccountBase.approval is {wrong!r}" in error.msg
    assert error.obj is Account


@pytest.mark.parametrize("right", [None, "is_private", lambda each: True])
def test_approval_that_can_be_read(right: Any) -> None:
    options = registry.get_for_model(Account).options
    with mock.patch.object(options, "approval", right):
        assert run_checks() == []
