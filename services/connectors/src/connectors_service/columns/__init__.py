"""Whole columns judged, counted and staged at once; polars is imported here and nowhere else.

Import this package only where a large file is at hand: it costs half a second and 60 MiB.
"""

import os

os.environ.setdefault("POLARS_MAX_THREADS", "1")
"""Read when polars is imported: the database and the next chunk take the other processors."""
