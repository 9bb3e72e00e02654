"""What q2q_ai is told from outside."""

from typing import ClassVar

from shared_utils.settings import ServiceSettings


class Settings(ServiceSettings):
    """Nothing of its own yet beside what every service needs."""

    service: ClassVar[str] = "q2q_ai"
