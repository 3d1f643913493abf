from __future__ import annotations

import sequere
from sequere.base import ModelBase
from tests.testapp import models


class ProjectSequere(ModelBase):
    identifier = "projet"  # the french way ;)


sequere.register(models.User)
sequere.registry(models.Project, ProjectSequere)
sequere.register(models.Tag)
sequere.register(models.Place)
sequere.register(models.Profile)
sequere.register(models.HelpfulBot)
