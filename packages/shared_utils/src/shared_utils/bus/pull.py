"""Messages for a durable consumer, asked for in batches, through every loss of the connection."""

import asyncio
import json
from dataclasses import dataclass, field

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from shared_utils.bus.connection import Connection
from shared_utils.bus.errors import BusUnavailableError, NoConsumerError
from shared_utils.bus.keeping import Keeper
from shared_utils.bus.messages import Message
from shared_utils.bus.stream import STREAM, Stream

_EXPIRES_SECONDS = 3.0
_SILENCE_SECONDS = _EXPIRES_SECONDS + 1.0
_LINGER_SECONDS = 0.002
_RETRY_SECONDS = 0.2
_NOTHING_NOW = {"404", "408"}


@dataclass
class _Link:
    """An inbox on one connection; `wanted` is how many the open request may still bring.

    None in `arrived` says that the connection is lost.
    """

    connection: Connection
    consumer: str
    arrived: asyncio.Queue[Msg | None] = field(default_factory=asyncio.Queue)
    inbox: str = ""
    subscription: Subscription | None = None
    wanted: int = 0

    async def open(self) -> None:
        self.inbox = self.connection.client.new_inbox()
        self.subscription = await self.connection.answer(
            self.connection.client.subscribe(self.inbox, cb=self._arrive)
        )
        self.connection.when_lost(lambda: self.arrived.put_nowait(None))

    async def _arrive(self, message: Msg) -> None:
        self.arrived.put_nowait(message)

    async def take(self, most: int) -> list[Message]:
        """Wait for a message and return it with those that came along; empty if none came."""
        if self.wanted <= 0:
            await self._ask(most)
        taken = self._kept(await self._next())
        if taken:
            await asyncio.sleep(_LINGER_SECONDS)
        while len(taken) < most and not self.arrived.empty():
            taken += self._kept(self.arrived.get_nowait())
        return taken

    async def _ask(self, most: int) -> None:
        request = {"batch": most, "expires": int(_EXPIRES_SECONDS * 1e9)}
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{self.consumer}"
        publish = self.connection.client.publish(subject, json.dumps(request).encode(), self.inbox)
        await self.connection.answer(publish)
        self.wanted = most

    async def _next(self) -> Msg | None:
        try:
            async with asyncio.timeout(_SILENCE_SECONDS):
                return await self.arrived.get()
        except TimeoutError:
            raise BusUnavailableError from None

    def _kept(self, message: Msg | None) -> list[Message]:
        if message is None:
            raise BusUnavailableError
        status = (message.headers or {}).get("Status")
        if status is None:
            self.wanted -= 1
            return [Message(message)]
        if status not in _NOTHING_NOW:
            raise NoConsumerError
        self.wanted = 0
        return []

    async def close(self) -> None:
        """Give back what arrived and was not taken."""
        if self.subscription is not None and not self.connection.is_lost:
            await self.connection.answer(self.subscription.unsubscribe())
        while not self.arrived.empty():
            for message in self._given_back(self.arrived.get_nowait()):
                await message.nak()

    def _given_back(self, message: Msg | None) -> list[Message]:
        is_status = message is None or "Status" in (message.headers or {})
        return [] if is_status or message is None else [Message(message)]


class Puller:
    """Takes messages of one subject for a durable consumer, which it makes where it is missing."""

    def __init__(self, keeper: Keeper, consumer: str, subject: str) -> None:
        self._keeper = keeper
        self.consumer = consumer
        self._subject = subject
        self._link: _Link | None = None

    async def next_batch(self, most: int) -> list[Message]:
        """Wait for messages, however long the bus is away, and return up to `most` of them."""
        while True:
            try:
                if taken := await (await self._linked()).take(most):
                    return taken
            except BusUnavailableError:
                await self._unlink()
                await asyncio.sleep(_RETRY_SECONDS)

    async def close(self) -> None:
        """Stop asking, and give back what has not been taken."""
        await self._unlink()

    async def _linked(self) -> _Link:
        if self._link is None:
            connection = await self._keeper.connected()
            await Stream(connection).ensure_consumer(self.consumer, self._subject)
            link = _Link(connection, self.consumer)
            await link.open()
            self._link = link
        return self._link

    async def _unlink(self) -> None:
        link, self._link = self._link, None
        if link is None:
            return
        try:
            await link.close()
        except BusUnavailableError:
            link.connection.lose()
