"""The waymark command: real PostgreSQL and NATS, the services as child processes, import, demo, tokens."""
