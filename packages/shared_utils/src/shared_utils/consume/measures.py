"""What consumers count for Prometheus."""

from shared_utils.metrics import counter, gauge, histogram

HANDLED = counter("waymark_events_handled_total", "Events whose effects stand.", ["consumer"])
REPEATED = counter(
    "waymark_messages_repeated_total", "Messages that had been taken before.", ["consumer"]
)
RETRIED = counter(
    "waymark_messages_retried_total", "Messages sent back to come again.", ["consumer", "why"]
)
GIVEN_UP = counter(
    "waymark_events_given_up_total", "Events laid with the dead letters.", ["consumer"]
)
BATCH_SECONDS = histogram(
    "waymark_consumer_batch_seconds",
    "Seconds from messages in hand to their effects committed.",
    ["consumer"],
)
DEAD_LETTERS = gauge(
    "waymark_dead_letters_open", "Dead letters that nobody has resolved.", ["service"]
)
