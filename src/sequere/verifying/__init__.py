"""Check stored edges: against the rules in one store, or against another store."""
