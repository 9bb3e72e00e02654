"""The waymark command: real PostgreSQL and NATS, services as children, import, demo, tokens."""
