"""A consumer or a relay that dies where it is told to: `dying.py WHERE` with the usual variables.

handler: hangs in the open transaction, and is killed from outside; ack: kill -9 of itself when the
effects are committed and before the acknowledgement; mark: kill -9 of itself when a message is
published and before the outbox knows.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from event_contracts import Envelope, SessionCompleted
from shared_utils import log
from shared_utils.bus import Bus, Message, Published, Puller
from shared_utils.consume import Subscriber, handles
from shared_utils.db import Database
from shared_utils.relay.relay import Relay
from shared_utils.testing import record_session, write_effects
from shared_utils.work import Work


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DyingMessage(Message):
    async def ack(self) -> None:
        die()


class DyingPuller(Puller):
    async def next_batch(self, most: int) -> list[Message]:
        return [DyingMessage(found._delivered) for found in await super().next_batch(most)]


class DyingConsumerBus(Bus):
    def puller(self, consumer: str, event_type: str) -> Puller:
        return DyingPuller(self._keeper, consumer, f"waymark.{event_type}")


class DyingRelayBus(Bus):
    async def publish(self, *args: Any, **options: Any) -> Published:
        await super().publish(*args, **options)
        die()
        raise AssertionError("kill -9 has no return")


@handles(SessionCompleted)
async def hang(events: Sequence[Envelope[SessionCompleted]], work: Work) -> None:
    await write_effects(events, work)
    sys.stdout.write("hanging\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


async def consume(bus: Bus, *handlers: Any) -> None:
    database = Database(os.environ["DATABASE_URL"], application_name="profile")
    await bus.start()
    await Subscriber(database, bus, "profile", handlers).start()


async def relay(bus: Bus) -> None:
    url = os.environ["DATABASE_URL"]
    await bus.start()
    database = Database(url, application_name="relay")
    await Relay(url, database, bus, replicas=1, keep=timedelta(days=1)).run()


async def main() -> None:
    nats_url = os.environ["NATS_URL"]
    match sys.argv[1]:
        case "handler":
            await consume(Bus(nats_url, "profile"), hang)
        case "ack":
            await consume(DyingConsumerBus(nats_url, "profile"), record_session)
        case "mark":
            await relay(DyingRelayBus(nats_url, "relay"))
    await asyncio.Event().wait()


log.configure("dying", "ERROR")
asyncio.run(main())
