"""What the tests stand on: real servers, migrated databases, tokens, running services."""
