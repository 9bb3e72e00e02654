"""Names of columns, folded so that they are the same however partners write them."""

import re

_IGNORED = re.compile(r"[\s_\-\ufeff]+")


def normalised(header: str) -> str:
    """Fold what partners write differently: case, spaces, hyphens, underscores."""
    return _IGNORED.sub("", header).casefold()
