"""Which people may be one: found on blocked pairs, with what speaks for and against each."""
