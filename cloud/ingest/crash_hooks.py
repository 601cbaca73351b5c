"""A death of the ingest between commit and receipt, for the proof that nothing is lost. Only if the environment asks.

With ADATOM_TEST_HOOKS=1 and ADATOM_DIE_AT_COMMIT=n the process kills itself by SIGKILL right after its n-th commit of
records, before their receipt.
"""

import os
import signal

from .service import Ingest

FLAG, DIE = "ADATOM_TEST_HOOKS", "ADATOM_DIE_AT_COMMIT"


def hook(ingest: Ingest) -> None:
    """Arm an ingest as the environment says; without it nothing changes."""
    commits = os.environ.get(DIE, "")
    if os.environ.get(FLAG) != "1" or not commits.isdigit():
        return
    left = int(commits)
    receipt = ingest.receipts

    async def die_first(touched: set[tuple[str, int]]) -> None:
        nonlocal left
        left -= bool(touched)
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        await receipt(touched)

    ingest.receipts = die_first  # type: ignore[method-assign]
