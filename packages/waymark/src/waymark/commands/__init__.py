"""One module a command; only the one that is asked for is imported."""
