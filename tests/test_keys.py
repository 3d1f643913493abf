"""Integer keys, as strangers write them in addresses."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import DecimalField

from sequere.api import follow, get_followings, is_following
from sequere.exceptions import InvalidEdge
from sequere.primary_keys import key_maker
from sequere.registration import registry
from sequere.types import Ref
from tests.endpoints import MEMORY, EndpointCase
from tests.test_security import quoted
from tests.testapp.models import Level, Price, Span

TOO_MUCH = {
    "price": (
        "1E999999999",
        "-1E999999999",
        "1E-999999999",
        "0E-999999999",
        "1E9999999999999999999",
        "1000000",
        "0.001",
        "9" * 400,
        "nan",
        "sNaN",
        "-inf",
        "Infinity",
    ),
    "level": ("nan", "-nan", "inf", "-Infinity", "1E400", "-1E400", "9" * 400),
    "span": ("9999999999 00:00:00", "P9999999999D", "-9999999999 00:00:00"),
}


class NumberTests(EndpointCase):
    def test_numbers_that_the_field_cannot_hold(self) -> None:
        for identifier, texts in TOO_MUCH.items():
            for text in texts:
                path = f"{identifier}/{quoted(text)}"
                for action in ("follow", "unfollow"):
                    answer = self.client.post(
                        f"/follows/follow/{path}", {"action": action}
                    )
                    self.assertEqual(answer.status_code, 400, path)
                for name in ("followers", "followings", "friends"):
                    answer = self.client.get(f"/follows/{name}/{path}")
                    self.assertEqual(answer.status_code, 400, path)
                with self.assertRaisesMessage(InvalidEdge, "cannot be a key of"):
                    follow(self.visitor, Ref(identifier, text))
        self.assertEqual(self.edges(), 0)

    def test_spellings_of_a_number(self) -> None:
        price = Price.objects.create(amount=Decimal("1.5"))
        zero = Price.objects.create(amount=Decimal(0))
        level = Level.objects.create(height=-0.0)
        span = Span.objects.create(length=timedelta(days=1))
        for target, identifier, texts in (
            (price, "price", ("1.5", "1.50", "15E-1", "+1.5", "01.5")),
            (zero, "price", ("0", "-0", "0.00", "0E999999999")),
            (level, "level", ("0", "-0.0", "0e5", "1E-400")),
            (span, "span", ("1 00:00:00", "86400", "P1D")),
        ):
            for text in texts:
                path = f"/follows/follow/{identifier}/{quoted(text)}"
                answer = self.client.post(path, headers={"accept": "application/json"})
                self.assertEqual(answer.status_code, 200, path)
                target.refresh_from_db()
                ref = registry.ref(Ref(identifier, text))
                self.assertEqual(ref, registry.ref(target))
                self.assertEqual(self.edges(), 1)
                self.assertTrue(is_following(self.visitor, target))
                followings = get_followings(self.visitor).instances()
                self.assertEqual(followings, [target])
                self.assertEqual(self.client.delete(path).status_code, 200)
                self.assertEqual(self.edges(), 0)


class NumberInMemoryTests(NumberTests):
    backend = MEMORY


def test_a_decimal_field_without_precision() -> None:
    key = key_maker(DecimalField())
    assert str(key("1.50")) == str(key("1.5")) == "1.5"
    for text in ("1E300", "1E-300", "1E999999999", "0E-999999999", "nan"):
        with pytest.raises(Exception, match=r"digit|number"):
            key(text)
