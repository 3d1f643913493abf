"""Move edges between stores, files and other packages."""
