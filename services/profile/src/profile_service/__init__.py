"""One profile a person, journey flags, and each company's figures with their trace."""
