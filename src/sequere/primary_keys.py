"""Primary keys from text, in the type of their model."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal
from math import isfinite
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import DecimalValidator
from django.db.models import DecimalField, FloatField, IntegerField

# The errors that a field raises for a value that it cannot hold.
NO_KEY = (ValidationError, ValueError, TypeError, ArithmeticError)
# The number of digits of a decimal key whose field does not limit it.
UNBOUNDED = 250


def key_maker(pk: Any) -> Callable[[Any], Any]:
    """Return a function that converts text to a value of the field `pk`.

    The function raises an error for a value that the column cannot hold, before a
    database spends time on it, and converts equal numbers to the same value.
    """
    pk = own_field(pk)
    if isinstance(pk, IntegerField) and is_plain(pk):
        return integer_maker(pk)
    if isinstance(pk, DecimalField):
        return decimal_maker(pk)
    if isinstance(pk, FloatField):
        return float_maker(pk)
    to_python: Callable[[Any], Any] = pk.to_python
    return to_python


def integer_maker(pk: Any) -> Callable[[Any], int]:
    # In Django 5.2, importing this module before the models is a circular import.
    from django.db.backends.base.operations import BaseDatabaseOperations

    ranges = BaseDatabaseOperations.integer_field_ranges
    low, high = ranges.get(pk.get_internal_type(), ranges["BigIntegerField"])

    def to_integer(value: Any) -> int:
        number = int(value)
        if low <= number <= high:
            return number
        raise ValueError(number)

    return to_integer


def decimal_maker(pk: Any) -> Callable[[Any], Any]:
    # Django 6.1 allows fields without both; such a key has up to UNBOUNDED digits.
    digits, places = pk.max_digits or UNBOUNDED, pk.decimal_places
    validate, context = DecimalValidator(digits, places), Context(prec=digits)

    def to_decimal(value: Any) -> Any:
        number = pk.to_python(value)
        # A project's subclass of the field may return another type.
        if not isinstance(number, Decimal):
            return number
        validate(number)
        if places is None:
            return number.normalize(context) + 0
        return number.quantize(Decimal(1).scaleb(-places), context=context) + 0

    return to_decimal


def float_maker(pk: Any) -> Callable[[Any], Any]:
    def to_float(value: Any) -> Any:
        number = pk.to_python(value)
        if not isinstance(number, float):
            return number
        if isfinite(number):
            # -0.0 is the same key as 0.0.
            return number + 0.0
        raise ValueError(number)

    return to_float


def own_field(pk: Any) -> Any:
    """Return the field that defines the key, if `pk` refers to another model's key."""
    while pk.remote_field:
        pk = pk.target_field
    return pk


def is_plain(pk: Any) -> bool:
    """Is the key of a type whose values are equal in text, Python and SQL alike?"""
    return type(own_field(pk)).__module__.startswith(("django.", "sequere."))
