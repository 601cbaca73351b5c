"""A rig, an agent and maybe a guardian as processes, frozen or killed at moments drawn from a seed; what the rig saw.

Times are CLOCK_MONOTONIC, which all processes share. The rig keeps when each output changed, so nothing is polled
while it matters.
"""

import concurrent.futures
import contextlib
import json
import os
import random
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from adatom.cloud.ingest.keys import load_or_create_keys
from adatom.edge.control_socket import ask
from adatom.protocol.errors import FailedError
from adatom.sim.direct import REFERENCE_RECIPE
from adatom.sim.instruments.bench_io import KEY

from tests.system.processes import adatom, free_port, until

DEMO = Path(__file__).parents[2] / "sim" / "demo"
QUICK = """
[process]
base_pa = 1.0
ramp_c_min = 100.0
soak_s = 0.0
flow_sccm = 80.0

[ports]
"""
CHANGES = {"substrate_c": 30.0, "pulses": 8000, "measurements": ["eis"], "air_exposure_min": 1.0}
SAFE_S = 1.0  # the promise: every energised output is off by then
PULSE_S = 0.1  # and after an abort no pulse falls later than this
OUTLIVED_S = 0.6  # the shortest lease is 0.5 s
SETTLED_S = 1.2  # how long a rig is watched after what was stopped goes on
PHASES = ("heat", "deposit")
GATE_SHARE = 0.7  # of the moments of a deposition that wait for a train of pulses: most of its time is between them
USUAL_S = 6.0  # the longest standstill of most moments
LONG = (1, 2)  # of 25 moments, those that may stand still for a minute: stop and freeze with either list of kinds
KINDS = ("agent_kill", "agent_stop", "loop_freeze", "abort", "journal_freeze")
GUARDIAN = ("guardian_kill", "guardian_stop")


def prepare(folder: Path, port: int) -> None:
    """Bench file, envelope that lets the bench stay cold, keys, recipe. `port` is a broker's, or nobody's."""
    envelope = json.loads((DEMO / "envelope.json").read_text())
    envelope["recipe"] |= {"substrate_c": [30, 720], "pulses": [20, 8000]}
    (folder / "envelope.json").write_text(json.dumps(envelope))
    text = re.sub(r"\n\[ports\]\n", QUICK, (DEMO / "bench.toml").read_text()).replace(":1883", f":{port}")
    (folder / "bench.toml").write_text(text)
    (folder / "board.key").write_text(KEY.hex())
    (folder / "board.key").chmod(0o600)
    load_or_create_keys(folder / "keys.json")


@contextlib.contextmanager
def prompt() -> Iterator[None]:
    """This thread and what it starts at real-time priority, where allowed: instruments know no busy machine.

    Without it a rig that waits for its turn looks like a board that has fallen silent.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    except PermissionError:
        yield
        return
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


class Child:
    """A process in a folder that is started, stopped, killed and started again."""

    def __init__(self, name: str, folder: Path, *words: str) -> None:
        self.name = name
        self.folder = folder
        self.words = words
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as output:
            environment = os.environ | {"ADATOM_TEST_HOOKS": "1"}
            self.process = subprocess.Popen(
                adatom(*self.words), stdout=output, stderr=output, cwd=self.folder, env=environment
            )

    def send(self, number: int) -> float:
        """Send a signal; when, at the earliest."""
        assert self.process is not None
        when = time.monotonic()
        self.process.send_signal(number)
        return when

    def kill(self) -> float:
        when = self.send(signal.SIGKILL)
        assert self.process is not None
        self.process.wait()
        return when

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
            self.kill()


class Lab:
    """One bench of processes."""

    def __init__(self, folder: Path, external: bool, port: int = 1) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        prepare(folder, port)
        self.folder = folder
        self.external = external
        words = ["sim", "rig", "--dir", "rig", "--pumped", "--guardian", "external" if external else "internal"]
        self.rig = Child("rig", folder, *words)
        # without --rig: the rig's person would bring a fresh, cold heater for each run, which no interlock believes
        self.agent = Child("agent", folder, "edge", "run", "bench.toml", "--json")
        self.guardian = Child("guardian", folder, "edge", "guardian", "--port", "rig/io", "--pins", "rig:rig",
                              "--key-file", "board.key")  # fmt: skip
        self.runs = 0

    def start(self) -> None:
        self.rig.start()
        until(lambda: (self.folder / "rig" / "state.json").exists(), "the rig", (self.rig.log,))
        if self.external:
            self.guardian.start()
            until(lambda: (self.folder / "rig" / "io").exists(), "the guardian", (self.guardian.log,))
        self.agent.start()

    def close(self) -> None:
        for child in (self.agent, self.guardian, self.rig):
            child.end()

    # --- what they say -------------------------------------------------------------------------------------------
    def outputs(self) -> dict[str, Any]:
        """What the rig kept of its outputs."""
        return ask(str(self.folder / "rig"), {"do": "outputs"}, "the rig")

    def tell(self, **request: Any) -> dict[str, Any]:
        """Ask the agent."""
        return ask(str(self.folder / "journal"), request, "the agent")

    # --- getting there -------------------------------------------------------------------------------------------
    def energise(self, phase: str) -> None:
        """A run that has reached a phase: the heater is on, or pulses fall."""
        while True:
            until(self._started, "an agent that can start", self._logs(), look_s=0.3)
            fired = self.outputs()["triggers"]
            if until(partial(self._reached, phase, fired), f"phase {phase}", self._logs(), look_s=0.1) == "there":
                return

    def _reached(self, phase: str, fired: int) -> str:
        """ "there" when the run is in a phase, "ended" when it came to an end before, "" until then."""
        seen = self.outputs()
        if "contactor" in seen["on"] if phase == "heat" else "gate" in seen["on"] and seen["triggers"] > fired:
            return "there"
        return "" if self.busy() else "ended"

    def busy(self) -> bool:
        """Whether the agent is in a run, and none that is being ended."""
        try:
            return self.tell(do="status")["state"] not in ("idle", "safe", "fault")
        except FailedError:
            return False

    def _started(self) -> bool:
        """Whether a run could be started; leads there from whatever the agent does."""
        try:
            state = self.tell(do="status")["state"]
            if state != "idle":
                self.tell(do="rearm" if state == "fault" else "abort")
                return False
            self.tell(do="start", recipe=REFERENCE_RECIPE | CHANGES, name=f"silence-{self.runs}")
        except FailedError:  # not up yet, or readings are missing
            return False
        self.runs += 1
        return True

    def wait_gate(self, at_most_s: float) -> None:
        """Until the trigger gate is open, or a time has passed."""
        deadline = time.monotonic() + at_most_s
        while "gate" not in self.outputs()["on"] and time.monotonic() < deadline:
            time.sleep(0.02)  # between two looks

    def _logs(self) -> tuple[Path, ...]:
        return (self.agent.log, self.rig.log, self.guardian.log)

    def wait_dark(self, at_most_s: float) -> dict[str, Any]:
        """The rig's outputs when nothing is on any more, or after a time."""
        deadline = time.monotonic() + at_most_s
        while (seen := self.outputs())["on"] and time.monotonic() < deadline:
            time.sleep(0.05)  # between two looks; the rig has the times
        return seen


def moment(lab: Lab, what: str, phase: str, rng: random.Random, longest_s: float) -> dict[str, Any]:
    """Do something to a run that has reached a phase, at a random moment, and judge: a JSON-ready row with "ok"."""
    time.sleep(rng.uniform(0.0, 2.5))
    if phase == "deposit" and rng.random() < GATE_SHARE:
        lab.wait_gate(3.0)
        time.sleep(rng.uniform(0.0, 0.3))
    freeze_s = round(_freeze_s(rng, longest_s), 3)
    before = lab.outputs()
    row: dict[str, Any] = {"what": what, "phase": phase, "external": lab.external, "on": before["on"]}
    at_s, resumed_s = _act(lab, what, freeze_s)
    row["freeze_s"] = freeze_s if resumed_s is not None else None
    if resumed_s is None:
        lab.wait_dark(2 * SAFE_S)
        time.sleep(max(0.0, at_s + SETTLED_S - time.monotonic()))
    else:
        time.sleep(max(0.0, resumed_s + SETTLED_S - time.monotonic()))
    return row | judge(what, before, lab.outputs(), at_s, resumed_s, lab.busy())


def _freeze_s(rng: random.Random, longest_s: float) -> float:
    """Mostly about as long as the leases; where it may be long, long."""
    if longest_s > USUAL_S:
        return rng.uniform(longest_s / 3.0, longest_s)
    return min(longest_s, max(0.1, rng.lognormvariate(0.4, 0.9)))


def _act(lab: Lab, what: str, freeze_s: float) -> tuple[float, float | None]:
    """(when it happened, when it went on again or None)."""
    child = lab.guardian if what.startswith("guardian") else lab.agent
    if what.endswith("_kill"):
        at_s = child.kill()
        child.start()
        return at_s, None
    if what.endswith("_stop"):
        at_s = child.send(signal.SIGSTOP)
        time.sleep(freeze_s)
        return at_s, child.send(signal.SIGCONT)
    if what == "loop_freeze":
        at_s = time.monotonic()
        lab.tell(do="freeze", what="loop", s=freeze_s)
        time.sleep(max(0.0, at_s + freeze_s - time.monotonic()))
        return at_s, time.monotonic()
    if what == "journal_freeze":  # a disk that does not answer: an abort must not need it
        lab.tell(do="freeze", what="journal", s=4.0)
        time.sleep(min(freeze_s, 2.0))
    at_s = time.monotonic()
    lab.tell(do="abort")
    return at_s, None


def judge(
    what: str,
    before: dict[str, Any],
    after: dict[str, Any],
    at_s: float,
    resumed_s: float | None,
    goes_on: bool,
) -> dict[str, Any]:
    """{"ok", "safe_s", "pulse_s", "why"}: how long the last output stayed on, how late the last pulse fell.

    After a standstill that every lease outlived the run goes on, as it should; after any other nothing comes on again.
    """
    changes = [tuple(change) for change in after["changes"] if change[0] > at_s]
    offs = {name: when - at_s for when, name, on in reversed(changes) if not on}
    # what was on its way then is no news; an agent whose guardian has died goes on until it finds that out
    grace_s = SAFE_S if what == "guardian_kill" else PULSE_S
    since_s = at_s + grace_s if resumed_s is None else resumed_s
    ons = [name for when, name, on in changes if on and when > since_s]
    last = after["last_trigger_s"]
    pulse_s = round(last - at_s, 3) if last is not None and last > at_s else 0.0
    row: dict[str, Any] = {"pulse_s": pulse_s, "safe_s": None, "why": ""}
    if goes_on:
        good = resumed_s is not None and resumed_s - at_s < OUTLIVED_S
        return row | {"ok": good, "why": "" if good else "the run went on"}
    row["safe_s"] = round(max(offs.values(), default=0.0), 3)
    why = [f"{name} is on" for name in after["on"]] + [f"{name} came on again" for name in ons]
    if row["safe_s"] > SAFE_S and (resumed_s is None or resumed_s - at_s >= SAFE_S):
        why.append(f"safe after {row['safe_s']} s")
    if after["bursts"] > before["bursts"] and (after["last_burst_s"] or 0.0) > at_s + PULSE_S:
        why.append("a burst was asked for afterwards")
    if what in ("abort", "journal_freeze") and pulse_s > PULSE_S:
        why.append(f"a pulse {pulse_s} s later")
    if why:
        row["changes"] = [[round(when - at_s, 3), name, on] for when, name, on in changes]
    return row | {"ok": not why, "why": "; ".join(why)}


@contextlib.contextmanager
def mute_broker() -> Iterator[int]:
    """The port of a broker that takes connections and says nothing: the agent has a link to keep."""
    port = free_port()
    with socket.create_server(("127.0.0.1", port), backlog=64):
        yield port


def soak(folder: Path, n: int, seed: int, labs: int, told: Callable[[dict[str, Any]], None]) -> list[dict[str, Any]]:
    """`n` moments over so many benches at once, half of them with an external guardian; the rows."""
    with mute_broker() as port, concurrent.futures.ThreadPoolExecutor(labs) as pool:
        shares = [(n + labs - 1 - number) // labs for number in range(labs)]
        jobs = [
            pool.submit(_work, folder / str(number), number % 2 == 1, port, share, seed + number, told)
            for number, share in enumerate(shares)
        ]
        return [row for job in jobs for row in job.result()]


def _work(
    folder: Path, external: bool, port: int, n: int, seed: int, told: Callable[[dict[str, Any]], None]
) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    kinds = KINDS + GUARDIAN if external else KINDS
    lab = Lab(folder, external, port)
    rows: list[dict[str, Any]] = []
    with prompt(), contextlib.closing(lab):
        lab.start()
        while len(rows) < n:
            number = len(rows)
            longest_s = 60.0 if number % 25 in LONG else USUAL_S
            what, phase = kinds[number % len(kinds)], rng.choice(PHASES)
            try:
                lab.energise(phase)
            except AssertionError as error:  # a starved machine: nothing was energised, so nothing is proved; again
                told({"not_reached": phase, "why": str(error)[-2000:]})
                lab.close()
                lab.start()
                continue
            rows.append(moment(lab, what, phase, rng, longest_s) | {"seed": seed})
            told(rows[-1])
    return rows


def summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row a kind: n, failures, the longest time until safe, the latest pulse of those that did not go on."""
    table = []
    for what in sorted({row["what"] for row in rows}):
        mine = [row for row in rows if row["what"] == what]
        long = [row["safe_s"] for row in mine if row["safe_s"] is not None and (row["freeze_s"] or SAFE_S) >= SAFE_S]
        table.append(
            {
                "what": what,
                "n": len(mine),
                "failed": sum(not row["ok"] for row in mine),
                "worst_safe_s": max(long, default=None),
                "went_on": sum(row["safe_s"] is None for row in mine),
                "gate_open": sum("gate" in row["on"] for row in mine),
                "worst_pulse_s": max((row["pulse_s"] for row in mine if row["safe_s"] is not None), default=None),
                "freeze_s": [min(f), max(f)] if (f := [r["freeze_s"] for r in mine if r["freeze_s"]]) else None,
            }
        )
    return table
