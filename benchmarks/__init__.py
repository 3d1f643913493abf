"""How fast and how exact django-sequere is, beside what it replaces. See README.md."""
