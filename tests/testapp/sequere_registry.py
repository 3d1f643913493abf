from __future__ import annotations

import sequere
from sequere.base import ModelBase
from tests.testapp.models import (
    Elsewhere,
    Handle,
    HelpfulBot,
    Level,
    Prefixed,
    Price,
    Project,
    Span,
    User,
)


class ProjectSequere(ModelBase):
    identifier = "projet"  # the French spelling of 2013


sequere.register(User)
sequere.registry(Project, ProjectSequere)
sequere.register(HelpfulBot)
sequere.register(Elsewhere)
sequere.register(Prefixed)
for model in (Handle, Price, Level, Span):
    sequere.register(model)
