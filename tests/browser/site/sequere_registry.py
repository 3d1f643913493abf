from __future__ import annotations

from django.contrib.auth.models import User

import sequere
from sequere.base import ModelBase


class VisitorSequere(ModelBase):
    """The options of users, who log in."""

    identifier = "visitor"


sequere.register(User, VisitorSequere)
