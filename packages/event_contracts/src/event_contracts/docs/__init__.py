"""Generates docs/events.md and docs/asyncapi.json from the event classes, and nothing else."""
