"""`python -m profile_service`: run profile as a process of its own."""

from profile_service.app import build
from profile_service.settings import Settings
from shared_utils.runtime import serve


def main() -> None:
    """Serve until SIGTERM."""
    serve(build, Settings)


if __name__ == "__main__":
    main()
