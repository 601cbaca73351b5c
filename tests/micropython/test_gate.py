"""The gate refuses on a board what it refuses on Linux, word for word, and keys are changed there alike."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

from adatom.protocol.keyring import KeyRing

from tests.edge.attacks import ATTACKS, COMMAND, EVERY_KEY, RECEIPT, command, payload, receipt
from tests.edge.station_bench import KEYS, Bench
from tests.micropython import ROOT, needs_micropython, run_script

SEEDS = 20
NOT_HERE = ("receipt of nothing", "replay", "reordering")  # begin with what the bench has recorded or obeyed


def lines(folder: Path) -> list[str]:
    """(time, topic, payload) of messages that are obeyed, and of every attack from some seeds."""
    bench = Bench(folder)
    bench.station.rekey(0, KeyRing(EVERY_KEY))
    bench.now = 10**6
    sent = [(COMMAND, payload("command", command(bench), KEYS["campaign"])),
            (RECEIPT, payload("receipt", receipt(bench), KEYS["ingest"]))]  # fmt: skip
    found = [(bench.now, *message) for message in sent]
    for name in sorted(set(ATTACKS) - set(NOT_HERE)):
        for seed in range(SEEDS):
            bench.now += 100000
            topic, data = ATTACKS[name](random.Random(f"{name} {seed}"), bench)
            found.append((bench.now, topic, data))
    found.append(found[0])  # replayed
    bench.journal.close()
    texts = [f"{now_ms} {topic} {data.hex()}" for now_ms, topic, data in found if "\x00" not in topic]
    return [text for text in texts if len(text) < 10000]  # a board takes no larger packet


@needs_micropython
def test_both_interpreters_give_the_same_verdicts(tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("\n".join(lines(tmp_path / "journal")) + "\n")
    first = {name: key.hex() for name, key in EVERY_KEY.items()}
    more = first | {f"{role}.2": "ab" * 32 for role in KEYS}
    texts = [first, more, {"made_for": "twin-1"} | more, more | {"signs": 2}, more | {"signs": 3}, {"made_for": "b"}]
    (tmp_path / "keys").write_text("\n".join([*map(json.dumps, texts), "{", "[" * 5000]))
    script = ROOT / "tests" / "micropython" / "gate.py"
    there = run_script(script, str(tmp_path / "lines"), str(tmp_path / "keys"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT / ".path")}
    command_line = [sys.executable, str(script), str(tmp_path / "lines"), str(tmp_path / "keys")]
    here = subprocess.run(command_line, capture_output=True, text=True, check=True, env=environment).stdout
    said = here.splitlines()
    assert said[:2] == ["accepted", "accepted"]
    assert len(said) > 200
    assert "accepted" not in said[2:]
    assert there == here
