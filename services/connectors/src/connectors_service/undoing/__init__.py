"""Taking an import back: what becomes of each of its facts, and doing it."""
