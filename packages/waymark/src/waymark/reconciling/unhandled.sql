-- Published messages that a consumer of their type neither handled nor gave up on.
WITH consumers AS (
    SELECT DISTINCT i.consumer, o.type
    FROM ops.inbox i JOIN ops.outbox o ON o.outbox_id::text = i.message_id
)
SELECT c.consumer, count(*)
FROM consumers c JOIN ops.outbox o ON o.type = c.type AND o.published_at IS NOT NULL
WHERE NOT EXISTS (
        SELECT FROM ops.inbox i
        WHERE i.consumer = c.consumer AND i.message_id = o.outbox_id::text)
    AND NOT EXISTS (
        SELECT FROM ops.dead_letters d
        WHERE d.consumer = c.consumer AND d.message_id = o.outbox_id::text)
GROUP BY c.consumer ORDER BY c.consumer
