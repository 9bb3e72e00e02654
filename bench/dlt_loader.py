"""dlt loads a file as fast as it can: arrow batches, CSV to PostgreSQL, merged by the key.

uv run --group bench python -m bench.dlt_loader URL FILE FOLDER
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

BLOCK_BYTES = 4 << 20


def main(url: str, path: str, folder: str) -> None:
    """Print the seconds as one JSON line; `folder` is where dlt keeps what it works on."""
    os.environ |= {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
        "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true",
    }
    import dlt  # noqa: PLC0415 - its settings are read when it is imported
    from pyarrow import csv  # noqa: PLC0415 - likewise

    def blocks() -> Iterator[Any]:
        yield from csv.open_csv(path, csv.ReadOptions(block_size=BLOCK_BYTES))

    sessions = dlt.resource(
        blocks, name="sessions", primary_key="session_id", write_disposition="merge"
    )

    pipeline = dlt.pipeline(
        "bench",
        destination=dlt.destinations.postgres(url),
        dataset_name="partner",
        pipelines_dir=folder,
    )
    started = time.monotonic()
    pipeline.run(sessions, loader_file_format="csv").raise_on_failed_jobs()
    print(json.dumps({"seconds": time.monotonic() - started}))


if __name__ == "__main__":
    main(*sys.argv[1:])
