"""One example of every message, used by the round-trip tests and the golden vectors."""

from typing import Any

RUN = "demo-0007-1"
HASH = "ab" * 32
STATUS: dict[str, Any] = {
    "boot": 3,
    "t_ms": 1234567,
    "state": "deposit",
    "run": RUN,
    "last": 4711,
    "receipted": 4700,
    "nonce": "12d687-00ff00ff",
}
SEQUENCE: dict[str, Any] = {"boot": 3, "seq": 4712, "t_ms": 1234567}
RECIPE: dict[str, Any] = {
    "cations": [["La", 3.0], ["Ta", 0.5], ["Zr", 1.5]],
    "li_excess": 0.4,
    "interlayer_nm": 0.0,
    "fluence_j_cm2": 2.0,
    "rep_rate_hz": 10.0,
    "substrate_c": 600.0,
    "o2_pa": 10.0,
    "distance_mm": 55.0,
    "pulses": 6000,
    "anneal_c": 20.0,
    "anneal_min": 0.0,
    "air_exposure_min": 20.0,
    "interlayer": "none",
    "anneal_atmosphere": "vacuum",
    "measurements": ["eis", "witness"],
}
MESSAGES: dict[str, dict[str, Any]] = {
    "hello": STATUS
    | {"bench": "twin-1", "envelope": HASH, "software": "adatom 0.1.0", "simulated": 1, "boots": [[2, 10, 99]]},
    "heartbeat": STATUS | {"late_ticks": 2, "backlog": 5},
    "event": SEQUENCE | {"run": RUN, "name": "state", "data": {"to": "cool"}},
    "alarm": SEQUENCE | {"run": RUN, "name": "trip", "data": {"interlock": "water", "value": 0.4}},
    "lost": {"bench": "twin-1", "boot": 2, "first": 10, "last": 12, "next": HASH},
    "measurement": SEQUENCE
    | {
        "run": RUN,
        "technique": "eis",
        "part": 1,
        "parts": 1,
        "columns": {"freq_hz": [200000.0, 0.1]},
        "meta": {"area_cm2": 0.785},
    },
    "blob": SEQUENCE | {"run": RUN, "sha256": HASH, "part": 1, "parts": 2, "data": "TTAwMEQ="},
    "result": SEQUENCE
    | {
        "run": RUN,
        "trial": "demo-0007",
        "outcome": "complete",
        "reason": "",
        "ranges": [[3, 4000, 4711]],
        "root": HASH,
        "summary": {"pulses": 6000},
    },
    "refusal": SEQUENCE | {"counter": 9, "name": "run", "reasons": ["expired: 700 ms after its nonce, valid for 500"]},
    "command": {
        "bench": "twin-1",
        "name": "run",
        "args": {"recipe": RECIPE},
        "key": "campaign",
        "counter": 10,
        "nonce": "12d687-00ff00ff",
        "valid_ms": 30000,
    },
    "receipt": {"bench": "twin-1", "boot": 3, "upto": 4711, "key": "ingest"},
}
KEY = bytes(range(32))
