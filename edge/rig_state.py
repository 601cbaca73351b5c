"""What a simulated rig that runs in a folder says of itself, ten times a second, in its file state.json."""

import json
import time
from pathlib import Path
from typing import Any

from adatom.protocol.errors import FailedError, InputError

STALE_S = 5.0  # K: fifty times what the rig takes between two writes; a busy machine needs some of it


def rig_state(folder: Path) -> dict[str, Any]:
    """The state of the running rig. InputError where there is none, FailedError when it has stopped without a word."""
    path = folder / "state.json"
    try:
        state: dict[str, Any] = json.loads(path.read_text())
        age_s = time.time() - path.stat().st_mtime
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InputError(str(folder), f"no rig is running there ({why})") from error
    if age_s > STALE_S:
        raise FailedError(f"{folder}: the rig has stopped; its last state is {age_s:.0f} s old")
    return state
