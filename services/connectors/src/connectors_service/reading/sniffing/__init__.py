"""How an unknown table is to be read, told from a bounded sample of its text."""
