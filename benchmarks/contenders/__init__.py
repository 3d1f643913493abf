"""The contenders. A module in this folder that defines some is found by itself."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from benchmarks.contenders.base import Contender

#: Ratios are of this contender.
OURS = "django-sequere"


def contenders() -> dict[str, type[Contender]]:
    found = {}
    for module in pkgutil.iter_modules(__path__):
        for value in vars(import_module(f"{__name__}.{module.name}")).values():
            # A class without a name is what others have in common.
            is_contender = isinstance(value, type) and issubclass(value, Contender)
            if is_contender and "name" in vars(value):
                found[value.name] = value
    return dict(sorted(found.items(), key=lambda each: (each[0] != OURS, each[0])))
