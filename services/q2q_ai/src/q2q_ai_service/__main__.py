"""`python -m q2q_ai_service`: run q2q_ai as a process of its own."""

from q2q_ai_service.app import build
from q2q_ai_service.settings import Settings
from shared_utils.runtime import serve


def main() -> None:
    """Serve until SIGTERM."""
    serve(build, Settings)


if __name__ == "__main__":
    main()
