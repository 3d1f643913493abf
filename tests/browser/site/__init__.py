"""A small site with follow buttons, as a project would write it."""
