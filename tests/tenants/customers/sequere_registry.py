from django.contrib.auth.models import Group, User

import sequere

sequere.register(User)
sequere.register(Group)
