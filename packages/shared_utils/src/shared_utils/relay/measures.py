"""What the relay counts for Prometheus."""

from shared_utils.metrics import counter, gauge

WAITING = gauge("waymark_outbox_waiting", "Messages in the outbox that are not published.")
AGE = gauge("waymark_outbox_age_seconds", "Age of the oldest message that is not published.")
PUBLISHED = counter("waymark_events_published_total", "Events that the stream acknowledged.")
FAILED = counter("waymark_publish_failures_total", "Publishes without an acknowledgement.")
AGAIN = counter("waymark_messages_again_total", "Messages sent again since the stream lost them.")
REBUILT = counter("waymark_stream_made_total", "Times the stream had to be made.")
PENDING = gauge(
    "waymark_consumer_pending", "Messages that a consumer has not acknowledged.", ["consumer"]
)
LEADING = gauge("waymark_relay_leading", "1 where this relay is the one that publishes.")
