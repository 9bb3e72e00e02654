"""Start the service: `python -m connectors_service`."""

import gc

from connectors_service.app import build
from connectors_service.settings import Settings
from shared_utils.runtime import serve

YOUNG_OBJECTS = 50_000
"""Rows of a chunk are many objects and no cycles: to look through them every 700 costs a tenth."""


def main() -> None:
    """Serve until told to stop."""
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
    serve(build, Settings)


if __name__ == "__main__":
    main()
