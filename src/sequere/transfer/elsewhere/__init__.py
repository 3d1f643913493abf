"""Follows of other packages, read from their tables and keys where they stand."""
