class NoServer(Exception):
    """There is no server for the follows; the message says why."""
