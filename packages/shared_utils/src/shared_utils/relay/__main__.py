"""`python -m shared_utils.relay`."""

from shared_utils.relay.app import build
from shared_utils.relay.settings import RelaySettings
from shared_utils.runtime import serve


def main() -> None:
    """Run until told to stop."""
    serve(build, RelaySettings)


if __name__ == "__main__":
    main()
