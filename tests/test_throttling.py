"""The return values of throttle(), and the answers to a visitor."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from unittest import mock

from tests.endpoints import EndpointCase
from tests.testapp.models import Project


class ThrottleTests(EndpointCase):
    def wait(self, seconds: object) -> None:
        self.options(Project, throttle=mock.Mock(return_value=seconds))

    def test_waits_of_any_length(self) -> None:
        for seconds, header in (
            (True, "1"),
            (0.001, "1"),
            (86_400.5, "86400"),
            (10**400, "86400"),
            (float("inf"), "86400"),
        ):
            self.wait(seconds)
            answer = self.post(self.project)
            self.assertEqual(answer.status_code, 429, seconds)
            self.assertEqual(answer["Retry-After"], header)
        self.assertEqual(self.edges(), 0)

    def test_no_wait(self) -> None:
        for seconds in (None, 0, -0.0, -1, float("-inf"), False):
            self.wait(seconds)
            self.assertEqual(self.post(self.project).status_code, 200, seconds)

    def test_an_answer_that_is_no_number(self) -> None:
        answers: list[object] = [float("nan"), "soon", "5", "", [], Decimal(0)]
        for seconds in (*answers, timedelta(seconds=5)):
            self.wait(seconds)
            with self.assertLogs("sequere.web", "ERROR") as logs:
                answer = self.post(self.project)
            self.assertEqual(answer.status_code, 429, seconds)
            self.assertEqual(answer["Retry-After"], "60")
            kind = (
                "nan" if isinstance(seconds, float) else f"a {type(seconds).__name__}"
            )
            self.assertIn(f"Changed.throttle() returned {kind}, so", logs.output[0])
        self.assertEqual(self.edges(), 0)
        answer = self.post(self.project, action="unfollow")
        self.assertEqual(answer.status_code, 200)
