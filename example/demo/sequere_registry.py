from __future__ import annotations

import sequere
from demo.models import Account, Topic

sequere.register(Account)
sequere.register(Topic)
