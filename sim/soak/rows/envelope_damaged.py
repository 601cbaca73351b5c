"""An envelope file, or the note of its hash, damaged between two starts of an agent: it must not arm."""

import random
import shutil
import time
from pathlib import Path

from adatom.cloud.ingest.keys import load_or_create_keys
from adatom.edge.config import load_bench
from adatom.edge.envelope_note import NAME
from adatom.edge.wiring import wire
from adatom.protocol.errors import InputError
from adatom.sim.shipped import ENVELOPE
from adatom.sim.soak.row import Row, Say, Trial

DAMAGES_S = 20.0  # damages a second that is asked for
REFUSED_S = 5.0
NOTE_EVERY = 10  # damages, one is of the note
CELL = {"area_cm2": 1.0, "symmetric": 1.0}


def run(seed: int, seconds: float, folder: Path, say: Say, damages: int | None = None) -> Trial:
    """Start once with a sound envelope, then try with damaged ones: flipped bits, a digit changed, a cut."""
    rng = random.Random(f"envelope {seed}")
    folder.mkdir(parents=True, exist_ok=True)
    wanted = max(1, round(DAMAGES_S * seconds)) if damages is None else damages
    for name in ("bench.toml", ENVELOPE.name):
        shutil.copy(ENVELOPE.parent / name, folder / name)
    load_or_create_keys(folder / "keys.json")
    trial, sound_json = Trial(seed), 0
    refused(folder)
    if refused(folder):
        trial.problems.append("the sound envelope is refused")
    for number in range(wanted):
        path = folder / (f"journal/{NAME}" if number % NOTE_EVERY == 0 else ENVELOPE.name)
        sound = path.read_bytes()
        path.write_bytes(damaged(rng, sound))
        started_s = time.monotonic()
        why = refused(folder)
        trial.measured.append(time.monotonic() - started_s)
        trial.n += 1
        sound_json += "is not the envelope" in why
        if not why:
            trial.problems.append(f"damage {number}: an agent starts with {path.read_bytes()!r:.300}")
        path.write_bytes(sound)
        say(f"{trial.n} of {wanted} envelopes damaged")
    trial.figures = {"found_only_by_the_hash": sound_json}
    if refused(folder):
        trial.problems.append("the sound envelope is refused at the end")
    return trial


def damaged(rng: random.Random, sound: bytes) -> bytes:
    """Other bytes than these."""
    blob = bytearray(sound)
    kind = rng.choice(("flip", "flip", "digit", "cut", "wipe"))
    places = [i for i, byte in enumerate(blob) if chr(byte).isdigit()] if kind == "digit" else range(len(blob))
    at = rng.choice(places)
    if kind == "flip":
        blob[at] ^= 1 << rng.randrange(8)
    elif kind == "digit":
        blob[at] = rng.choice([byte for byte in b"0123456789" if byte != blob[at]])
    elif kind == "cut":
        del blob[at:]
    else:
        blob[at : at + 16] = bytes(min(16, len(blob) - at))
    return bytes(blob)


def refused(folder: Path) -> str:
    """Why an agent does not start; "" when it does."""
    try:
        loop, _ = wire(load_bench(str(folder / "bench.toml")), None, CELL)
    except InputError as error:
        return str(error)
    loop.station.close(0)
    return ""


ROWS = [Row("envelope damaged", "the agent refuses to start", "refused after / s", REFUSED_S, run)]
