"""A message as consumers see it: which one it is, what it says, and how to answer for it."""

from contextlib import suppress
from functools import cached_property
from hashlib import blake2b

import nats.errors
from nats.aio.msg import Msg

from shared_utils.correlation import HEADER, accepted

MESSAGE_ID = "Nats-Msg-Id"
CONTENT_TYPE = "Content-Type"


class Message:
    """One delivery of a message of the stream.

    An answer that gets lost brings the message again, which the inbox notices; so answers over a
    connection that is gone are not an error.
    """

    def __init__(self, delivered: Msg) -> None:
        self._delivered = delivered
        self.body = delivered.data
        self._headers = delivered.headers or {}

    @cached_property
    def message_id(self) -> str:
        """The outbox id; of a message that others published, what its bytes hash to."""
        transport_id = self._headers.get(MESSAGE_ID)
        if transport_id:
            return outbox_id(transport_id)
        return "digest:" + blake2b(self.body, digest_size=16).hexdigest()

    @property
    def correlation_id(self) -> str | None:
        """The correlation id in the headers, if it is an acceptable one."""
        return accepted(self._headers.get(HEADER))

    @property
    def content_type(self) -> str | None:
        """What the body is, as its publisher said."""
        return self._headers.get(CONTENT_TYPE)

    @property
    def sequence(self) -> int:
        """Where it stands in the stream."""
        return self._delivered.metadata.sequence.stream

    async def ack(self) -> None:
        """Its effects stand: don't send it again."""
        await self._answer(b"+ACK")

    async def nak(self, seconds: float = 0) -> None:
        """Send it again, after so many seconds."""
        delay = f' {{"delay": {int(seconds * 1e9)}}}' if seconds else ""
        await self._answer(b"-NAK" + delay.encode())

    async def working(self) -> None:
        """Still at it: wait for the answer as long again."""
        await self._answer(b"+WPI")

    async def _answer(self, word: bytes) -> None:
        with suppress(nats.errors.Error, OSError):
            await self._delivered._client.publish(self._delivered.reply, word)


def transport_id(outbox_id: object, sequence: int | None) -> str:
    """The `Nats-Msg-Id` of an outbox row; one that is sent again after `sequence` was lost differs.

    A message that vanished from the stream may still be in its memory of ids, which would refuse
    the same id as a duplicate and store nothing.
    """
    return str(outbox_id) if sequence is None else f"{outbox_id}:{sequence}"


def outbox_id(transport_id: str) -> str:
    """The outbox id in a `Nats-Msg-Id`."""
    return transport_id.partition(":")[0]
