"""Read the follows of other packages from the tables and keys of these packages."""
