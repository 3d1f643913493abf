from __future__ import annotations

import sequere
from sequere.base import ModelBase
from tests.testapp.models import Elsewhere, Handle, HelpfulBot, Prefixed, Project, User


class ProjectSequere(ModelBase):
    identifier = "projet"  # the french way ;)


sequere.register(User)
sequere.registry(Project, ProjectSequere)
sequere.register(HelpfulBot)
sequere.register(Elsewhere)
sequere.register(Prefixed)
sequere.register(Handle)
