"""The stream and its consumers, as the relay and the subscribers see and make them."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import nats.js.errors
from nats.js import api

from shared_utils.bus.connection import Connection
from shared_utils.bus.errors import BusUnavailableError, NoStreamError
from shared_utils.bus.messages import MESSAGE_ID, outbox_id

STREAM = "WAYMARK"
SUBJECTS = "waymark.>"

ACK_WAIT_SECONDS = 6.0
"""How long a consumer may be silent about a message before it is sent again."""

_MAX_UNACKNOWLEDGED = 4000
_DUPLICATE_WINDOW_SECONDS = 120.0
_OWNER = "waymark-owner"
_ANSWER_SECONDS = 5.0


@dataclass(frozen=True)
class StreamState:
    """Which sequences the stream holds, which were taken out of it, and whose events it carries."""

    first_seq: int
    last_seq: int
    deleted: tuple[int, ...] = ()
    owner: str | None = None


@dataclass(frozen=True)
class ConsumerState:
    """A durable consumer: `created` tells it from a later one of the same name."""

    name: str
    subject: str
    created: datetime
    pending: int = 0
    unacknowledged: int = field(default=0)


class Stream:
    """The stream over one connection; its methods raise BusUnavailableError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._api = connection.jetstream

    async def state(self) -> StreamState | None:
        """What the stream holds, None if there is none."""
        try:
            info = await self._connection.answer(self._info(), _ANSWER_SECONDS)
        except NoStreamError:
            return None
        state, metadata = info.state, info.config.metadata or {}
        return StreamState(
            state.first_seq, state.last_seq, tuple(state.deleted or ()), metadata.get(_OWNER)
        )

    async def _info(self) -> api.StreamInfo:
        """The stream's info with every gap, which the client's own request leaves out."""
        subject = f"$JS.API.STREAM.INFO.{STREAM}"
        answer = await self._connection.client.request(
            subject, b'{"deleted_details": true}', timeout=_ANSWER_SECONDS
        )
        found = json.loads(answer.data)
        if "error" in found:
            raise nats.js.errors.APIError.from_error(found["error"])
        info: api.StreamInfo = api.StreamInfo.from_response(found)
        return info

    async def create(self, *, first_seq: int, owner: str, replicas: int, keep: timedelta) -> None:
        """Make the stream; its first message gets `first_seq`, so that sequences never repeat."""
        config = api.StreamConfig(
            name=STREAM,
            subjects=[SUBJECTS],
            storage=api.StorageType.FILE,
            retention=api.RetentionPolicy.LIMITS,
            discard=api.DiscardPolicy.OLD,
            num_replicas=replicas,
            max_age=keep.total_seconds(),
            duplicate_window=_DUPLICATE_WINDOW_SECONDS,
            allow_direct=True,
            first_seq=first_seq,
            metadata={_OWNER: owner},
        )
        await self._connection.answer(self._api.add_stream(config), seconds=10)

    async def delete(self) -> None:
        """Remove the stream with its messages and consumers."""
        await self._connection.answer(self._api.delete_stream(STREAM), seconds=10)

    async def message_id_at(self, sequence: int) -> str | None:
        """The outbox id of the message at a sequence, None if no message stands there."""
        try:
            message = await self._connection.answer(self._api.get_msg(STREAM, sequence))
        except nats.js.errors.NotFoundError:
            return None
        return outbox_id((message.headers or {}).get(MESSAGE_ID, ""))

    async def consumers(self) -> list[ConsumerState]:
        """The durable consumers of the stream."""
        found: list[ConsumerState] = []
        while page := await self._page(len(found)):
            found += page
        return [consumer for consumer in found if consumer.name and consumer.subject]

    async def _page(self, offset: int) -> list[ConsumerState]:
        infos = await self._connection.answer(self._api.consumers_info(STREAM, offset))
        return [_consumer_state(info) for info in infos]

    async def ensure_consumer(self, name: str, subject: str) -> None:
        """Make the durable consumer unless it exists; a new one begins with the first message."""
        config = api.ConsumerConfig(
            name=name,
            durable_name=name,
            filter_subject=subject,
            deliver_policy=api.DeliverPolicy.ALL,
            ack_policy=api.AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_SECONDS,
            max_deliver=-1,
            max_ack_pending=_MAX_UNACKNOWLEDGED,
        )
        await self._connection.answer(self._api.add_consumer(STREAM, config))

    async def pending(self, consumer: str) -> int:
        """How many messages wait for the consumer, sent or not."""
        try:
            info = await self._connection.answer(self._api.consumer_info(STREAM, consumer))
        except nats.js.errors.NotFoundError:
            raise BusUnavailableError from None
        return (info.num_pending or 0) + (info.num_ack_pending or 0)


def _consumer_state(info: api.ConsumerInfo) -> ConsumerState:
    return ConsumerState(
        info.config.durable_name or "",
        info.config.filter_subject or "",
        info.created,
        info.num_pending or 0,
        info.num_ack_pending or 0,
    )
