class NoServer(Exception):
    """The server for the follows does not run. The message says why."""
