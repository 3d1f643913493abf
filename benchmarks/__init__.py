"""How fast sequere is, beside what it replaces. See README.md."""
