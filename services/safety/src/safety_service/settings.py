"""What safety is told from outside."""

from pathlib import Path
from typing import ClassVar

from shared_utils.settings import ServiceSettings


class Settings(ServiceSettings):
    """`policy_file` replaces the policy that comes with the service."""

    service: ClassVar[str] = "safety"

    safety_policy_file: Path | None = None
