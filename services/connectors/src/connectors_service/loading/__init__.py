"""From a stored upload to facts: the background runner and its chunks."""
