"""From messages to effects, once."""

from shared_utils.handling import Handler, handles

__all__ = ["Handler", "handles"]
