"""The one set of rules by which a cell becomes a value or is refused."""
