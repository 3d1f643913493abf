"""Compares each verb in a large store with the same verb in a small store."""
