"""`up` with small programs in the services' place.

python small_stack.py FOLDER [--fresh] [--unprepared] [--reload]
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

from waymark.errors import CommandError
from waymark.servers import ServerStartError
from waymark.services import Service
from waymark.stack import Programs
from waymark.starting import running_stack
from waymark.telling import say

PROGRAMS = Programs(
    services=(
        Service("relay", "answering", "relay"),
        Service("profile", "answering", "profile_worker"),
        Service("gateway", "welcoming", "gateway_worker"),
    ),
    preloaded=("json",),
    preparing="prepared",
    shared=("prepared",),
)

if __name__ == "__main__":
    folder, *options = sys.argv[1:]
    programs = replace(PROGRAMS, preparing="absent") if "--unprepared" in options else PROGRAMS
    try:
        with running_stack(
            port=0,
            fresh="--fresh" in options,
            say=say,
            root=Path(folder),
            programs=programs,
            reload="--reload" in options,
        ) as stack:
            sys.stdout.write(json.dumps({"ready": True, **stack.addresses}) + "\n")
            sys.stdout.flush()
            stack.watch()
    except (CommandError, ServerStartError) as error:
        sys.exit(str(error))
