"""The contenders. Every module in this folder is searched for contenders."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from benchmarks.contenders.base import Contender

#: The contender to which all ratios compare.
OURS = "django-sequere"


def contenders() -> dict[str, type[Contender]]:
    found = {}
    for module in pkgutil.iter_modules(__path__):
        for value in vars(import_module(f"{__name__}.{module.name}")).values():
            # A class without a name is a base class of contenders.
            is_contender = isinstance(value, type) and issubclass(value, Contender)
            if is_contender and "name" in vars(value):
                found[value.name] = value
    return dict(sorted(found.items(), key=lambda each: (each[0] != OURS, each[0])))
