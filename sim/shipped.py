"""Files that come with the twin: the demo's safety envelope."""

from pathlib import Path
from typing import Any

from adatom.protocol.envelope import load_envelope

ENVELOPE = Path(__file__).parent / "demo" / "envelope.json"


def demo_envelope() -> dict[str, Any]:
    """The demo's envelope, checked."""
    envelope: dict[str, Any] = load_envelope(ENVELOPE.read_text(encoding="utf-8"), str(ENVELOPE))
    return envelope
