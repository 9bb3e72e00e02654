"""What a process holds of NATS: publish, consume, ask, answer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nats.aio.msg import Msg

from event_contracts import subject_of
from shared_utils.bus.connection import Connection
from shared_utils.bus.errors import BusUnavailableError
from shared_utils.bus.keeping import Keeper
from shared_utils.bus.messages import CONTENT_TYPE, MESSAGE_ID
from shared_utils.bus.pull import Puller
from shared_utils.bus.stream import STREAM, Stream
from shared_utils.correlation import HEADER, correlated, current_id
from shared_utils.tasks import ended

Answerer = Callable[[bytes], Awaitable[bytes]]

_PUBLISH_SECONDS = 5.0


@dataclass(frozen=True)
class Published:
    """Where a message stands in the stream, and whether it stood there before."""

    sequence: int
    duplicate: bool


class Bus:
    """A connection that is kept. Starting never waits for the server, nor does it fail."""

    def __init__(self, url: str, name: str) -> None:
        self._keeper = Keeper(url, name)
        self._answering: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to connect."""
        await self._keeper.start()

    async def close(self) -> None:
        """Disconnect."""
        for task in self._answering:
            await ended(task)
        await self._keeper.close()

    @property
    def server_id(self) -> str:
        """The server's identity of this start; BusUnavailableError while there is no connection."""
        return self._keeper.current.server_id

    async def connected(self) -> None:
        """Wait until there is a connection."""
        await self._keeper.connected()

    async def ping(self) -> None:
        """Return if JetStream answers; else BusUnavailableError."""
        connection = self._keeper.current
        await connection.answer(connection.jetstream.account_info())

    def stream(self) -> Stream:
        """The stream over the present connection; BusUnavailableError while there is none."""
        return Stream(self._keeper.current)

    def puller(self, consumer: str, event_type: str) -> Puller:
        """Messages of one event type for one durable consumer."""
        return Puller(self._keeper, consumer, subject_of(event_type))

    async def publish(
        self,
        event_type: str,
        body: bytes,
        *,
        transport_id: str,
        content_type: str,
        correlation: str,
    ) -> Published:
        """Store a message in the stream and return once the stream says so.

        BusUnavailableError if it doesn't: the message may be stored all the same, so publish it
        again with the same `transport_id`. NoStreamError if there is no stream.
        """
        connection = self._keeper.current
        headers = {MESSAGE_ID: transport_id, HEADER: correlation, CONTENT_TYPE: content_type}
        ack = await connection.answer(
            connection.jetstream.publish(
                subject_of(event_type), body, _PUBLISH_SECONDS, STREAM, headers
            ),
            seconds=_PUBLISH_SECONDS,
        )
        return Published(ack.seq, bool(ack.duplicate))

    async def ask(self, subject: str, question: bytes, seconds: float = 2.0) -> bytes:
        """What the service that answers this subject says; BusUnavailableError if none does."""
        connection = self._keeper.current
        answer = await connection.answer(
            connection.client.request(
                subject, question, timeout=seconds, headers={HEADER: current_id()}
            ),
            seconds=seconds,
        )
        return answer.data

    async def answer(self, subject: str, answerer: Answerer) -> None:
        """Answer questions on `subject`, shared with other processes of the same kind.

        The subject must lie outside the stream's `waymark.>`.
        """
        keep = self._keep_answering(subject, answerer)
        self._answering.append(asyncio.create_task(keep, name=f"answers {subject}"))

    async def _keep_answering(self, subject: str, answerer: Answerer) -> None:
        while True:
            connection = await self._keeper.connected()
            gone = asyncio.Event()
            connection.when_lost(gone.set)
            try:
                await _answer_on(connection, subject, answerer)
            except BusUnavailableError:
                connection.lose()
            await gone.wait()


async def _answer_on(connection: Connection, subject: str, answerer: Answerer) -> None:
    async def reply(message: Msg) -> None:
        with correlated((message.headers or {}).get(HEADER)):
            await message.respond(await answerer(message.data))

    await connection.answer(connection.client.subscribe(subject, queue=subject, cb=reply))
