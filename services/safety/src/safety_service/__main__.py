"""`python -m safety_service`: run safety as a process of its own."""

from safety_service.app import build
from safety_service.settings import Settings
from shared_utils.runtime import serve


def main() -> None:
    """Serve until SIGTERM."""
    serve(build, Settings)


if __name__ == "__main__":
    main()
