"""What the relay is told by its environment."""

from typing import ClassVar

from shared_utils.settings import ProcessSettings


class RelaySettings(ProcessSettings):
    """`WAYMARK_DATABASE_URL` is the login `relay`."""

    service: ClassVar[str] = "relay"
