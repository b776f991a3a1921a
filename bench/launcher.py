"""launcher.py PROGRAM WORDS...: runs a program and prints its seconds and its peak memory.

A program of its own, and a small one: Linux counts the memory of whoever starts a program as that
program's, up to the moment at which it runs.
"""

import json
import os
import sys
import time


def main() -> int:
    nowhere = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    started_at = time.perf_counter()
    child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[nowhere])
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - started_at
    print(json.dumps({"seconds": seconds, "peak_mb": usage.ru_maxrss / 1024}))
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main())
