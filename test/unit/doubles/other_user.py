"""An ordinary user, for tests of what a file's permissions forbid: root may do everything."""

import os
import stat

import pytest

NOBODY = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs to become somebody else")


def let_through(folder):
    """Others may pass through a folder and all above it."""
    for each in (folder, *folder.parents):
        if not each.stat().st_mode & stat.S_IXOTH:
            each.chmod(0o755)


def holds_for_nobody(claim, nice=0):
    """Whether a claim, a function, holds in a process of nobody's; one that raises does not."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.nice(nice)
            os.setuid(NOBODY)
            status = 0 if claim() else 2
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
