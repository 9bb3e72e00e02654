"""From messages to effects, once: declare with `@handles`, run with `Subscriber`."""

from shared_utils.consume.handling import Handler, handles
from shared_utils.consume.subscriber import Subscriber

__all__ = ["Handler", "Subscriber", "handles"]
