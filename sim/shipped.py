"""Files that come with the twin: the demo's safety envelope."""

from pathlib import Path

from adatom.protocol.envelope import Envelope, load_envelope

ENVELOPE = Path(__file__).parent / "demo" / "envelope.json"


def demo_envelope() -> Envelope:
    """The demo's envelope, checked."""
    return load_envelope(ENVELOPE.read_text(encoding="utf-8"), str(ENVELOPE))
