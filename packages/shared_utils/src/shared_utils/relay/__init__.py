"""From the outbox to the stream: `python -m shared_utils.relay` is a process of its own."""
