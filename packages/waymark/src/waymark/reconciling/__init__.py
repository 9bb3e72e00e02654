"""Hold facts, outbox, inboxes, projection and attributions against each other."""

from waymark.reconciling.checks import Check, reconcile

__all__ = ["Check", "reconcile"]
