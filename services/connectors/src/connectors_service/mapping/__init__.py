"""Which column of a partner's file feeds which field, by versioned YAML."""
