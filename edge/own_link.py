"""Links to pseudo-terminals, which another process may have taken over since they were made."""

import contextlib
import os


def remove_link(path: str, target: str) -> None:
    """Remove the link at a path if it still points to `target`; whatever else is there stays."""
    with contextlib.suppress(OSError):  # no link any more
        if os.readlink(path) == target:
            os.unlink(path)
