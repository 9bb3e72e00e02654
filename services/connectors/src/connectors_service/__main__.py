"""Start the service: `python -m connectors_service`."""

from connectors_service.app import build
from connectors_service.settings import Settings
from shared_utils.runtime import serve


def main() -> None:
    """Serve until told to stop."""
    serve(build, Settings)


if __name__ == "__main__":
    main()
