"""`python -m gateway_service`: the gateway as a process."""

from gateway_service.app import build
from gateway_service.settings import Settings
from shared_utils.runtime import serve


def main() -> None:
    """Serve until SIGTERM."""
    serve(build, Settings)


if __name__ == "__main__":
    main()
