"""The other end of `process`: it answers each line of JSON with a line of JSON."""

from __future__ import annotations

import json
import os
import sys
import traceback


def answer_all(worker: object) -> None:
    """Call the method of `worker` that each line names, until the input ends."""
    # Other output must not mix with the lines of JSON.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = getattr(worker, order.pop("do"))(**order) or {}
        except Exception as error:
            traceback.print_exc()
            # The message of the error may contain a path of this machine.
            answer = {"error": type(error).__name__}
        print(json.dumps(answer), file=out, flush=True)
