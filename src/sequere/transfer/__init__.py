"""Edges on their way between stores, files and other packages."""
