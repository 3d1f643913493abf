from __future__ import annotations

from django.contrib.auth.models import User

import sequere
from benchmarks.models import Account

sequere.register(User)
sequere.register(Account)
