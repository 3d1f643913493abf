"""Measures the speed and exactness of this package and of its alternatives. See
README.md.
"""
