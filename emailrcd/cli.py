"""The ``emailrcd`` command."""
