"""From messages to effects, once: declare with `@handles`, run with `Subscriber`."""

from shared_utils.consume.handling import Handler, handles
from shared_utils.consume.plain import cause, handles_plain
from shared_utils.consume.subscriber import Subscriber

__all__ = ["Handler", "Subscriber", "cause", "handles", "handles_plain"]
