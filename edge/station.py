"""A bench as the cloud sees it: commands in, records out, around the agent. No I/O but the journal's.

Two clocks, both passed in: `run_ms` is the chamber's (virtual in simulation), `link_ms` the network's (always real).
A command is obeyed only after signature, nonce, counter and the envelope's own check; a refusal is recorded.
"""

from adatom.protocol import codec, seal, topics
from adatom.protocol.errors import ProtocolError
from adatom.protocol.recipe import recipe_from_dict
from adatom.protocol.session import HEARTBEAT_MS, Record, Uplink

SOFTWARE = "adatom 0.1.0"


class Station:
    """Agent, recorder, command gate and uplink of one bench. Shells feed it ticks, messages and time."""

    def __init__(self, bench, agent, recorder, keys, salt, envelope_hash, simulated, telemetry_ms=1000):
        self.bench = bench
        self.agent = agent
        self.recorder = recorder
        self.keys = keys  # key id -> bytes: "bench" seals what leaves, the others what arrives
        self.gate = seal.CommandGate(bench, keys, salt)
        self.uplink = Uplink()
        self.envelope_hash = envelope_hash
        self.simulated = simulated
        self.telemetry_ms = telemetry_ms
        self.next_point_ms = 0
        self.receipted = 0
        self.late_ticks = 0
        self.hello_due = True
        self.heartbeat_ms = None

    # --- start -------------------------------------------------------------------------------------------------
    def recover(self, run_ms):
        """Offer what earlier boots could not deliver, and report a run that a crash cut off."""
        journal = self.recorder.journal
        for boot, first, count, payload in journal.pending():
            self.uplink.offer(Record(boot, first, count, codec.kind_of(payload), payload))
        run = journal.run_in_progress()
        if run is not None:
            self.recorder.report_interrupted(run_ms, run, journal.last_of(run["boot"]))

    # --- the control side --------------------------------------------------------------------------------------
    def tick(self, run_ms, readings):
        """One control step: outputs for the instruments. Records telemetry and events on the way."""
        outputs = self.agent.tick(run_ms, readings)
        if run_ms >= self.next_point_ms:
            self.next_point_ms = run_ms + self.telemetry_ms
            self.recorder.point(run_ms, readings)
        if self.agent.has_events:
            self._record_events(run_ms)
        return outputs

    def measured(self, run_ms, measurement, raw=b""):
        """Record a measurement (technique, columns, meta) and the instrument's raw text where there is one."""
        meta = dict(measurement["meta"])
        if raw:
            meta["raw_sha256"] = self.recorder.blob(run_ms, raw)
        self.recorder.measurement(run_ms, measurement["technique"], measurement["columns"], meta)

    # --- the network side --------------------------------------------------------------------------------------
    def connected(self):
        """The link is new: say hello, and send again whatever was in flight."""
        self.hello_due = True
        self.uplink.restart()

    def receive(self, topic, payload, run_ms, link_ms):
        """Take a message from the network; nothing that arrives raises."""
        try:
            bench, direction, kind = topics.parse(topic)
            if bench != self.bench or direction != "down":
                raise ProtocolError("not for this bench")
            message, body, sig = codec.decode(kind, payload)
        except ProtocolError as error:
            self.recorder.refusal(run_ms, 0, "", [str(error)])
            return
        if kind == "receipt":
            self._receipt(message, body, sig, run_ms, link_ms)
        else:
            self._command(message, body, sig, run_ms, link_ms)

    def keep(self):
        """Make what was recorded durable and queue it for sending; enough while the broker is away."""
        for record in self.recorder.commit():
            self.uplink.offer(record)

    def publish(self, run_ms, link_ms):
        """The (topic, payload) pairs to publish now. Whatever is among them is durable."""
        self.keep()
        out = []
        if self.hello_due:
            self.hello_due = False
            out.append((topics.up(self.bench, "hello"), self._hello(run_ms, link_ms)))
        if self.heartbeat_ms is None or link_ms - self.heartbeat_ms >= HEARTBEAT_MS:
            self.heartbeat_ms = link_ms
            out.append((topics.up(self.bench, "heartbeat"), self._heartbeat(run_ms, link_ms)))
        out += [(topics.up(self.bench, record.kind), record.payload) for record in self.uplink.due(link_ms)]
        return out

    # --- inner -------------------------------------------------------------------------------------------------
    def _record_events(self, run_ms):
        for name, data in self.agent.events():
            if name == "run_end":
                self.recorder.result(run_ms, data["outcome"], data["reason"], data.get("summary", {}))
            else:
                self.recorder.event(run_ms, name, data)

    def _receipt(self, message, body, sig, run_ms, link_ms):
        key = self.keys.get(message["key"])
        if message["bench"] != self.bench or key is None or not seal.same(seal.signature(key, body), sig):
            self.recorder.refusal(run_ms, 0, "receipt", ["bad signature, key or bench"])
            return
        if message["boot"] == self.recorder.boot:
            if message["upto"] > self.recorder.last:
                self.recorder.refusal(run_ms, 0, "receipt", ["for records that were never made"])
                return
            self.receipted = max(self.receipted, message["upto"])
        self.uplink.receipt(message["boot"], message["upto"], link_ms)
        self.recorder.journal.receipted(message["boot"], message["upto"])

    def _command(self, message, body, sig, run_ms, link_ms):
        name, counter = message["name"], message["counter"]
        try:
            self.gate.admit(message, body, sig, link_ms)
            reasons = self._obey(name, message["args"], run_ms)
        except ProtocolError as error:
            reasons = [str(error)]
        if reasons:
            self.recorder.refusal(run_ms, counter, name, reasons)
        else:
            self.recorder.event(run_ms, "command", {"name": name, "counter": counter, "key": message["key"]})
        if self.agent.has_events:
            self._record_events(run_ms)

    def _obey(self, name, args, run_ms):
        """Carry a command out; the list of reasons why not."""
        if name == "run":
            return self._run(args, run_ms)
        if name == "abort":
            self.agent.abort(run_ms, str(args.get("why", "asked by the cloud"))[:200])
        elif name == "pause":
            return self.agent.pause(run_ms)
        elif name == "resume":
            return self.agent.resume(run_ms)
        elif name == "confirm":
            return self.agent.confirm(args.get("step", ""), run_ms)
        elif name == "rearm":
            return self.agent.rearm(run_ms)
        return []

    def _run(self, args, run_ms):
        run, trial = args.get("run"), args.get("trial")
        if not isinstance(run, str) or not isinstance(trial, str) or not 0 < len(run) <= 64 or len(trial) > 64:
            return ["args.run and args.trial must be texts of at most 64 characters"]
        if self.agent.busy and run == self.recorder.run:
            return []  # the cloud asks again after a restart of its own; the run goes on
        recipe = recipe_from_dict(args.get("recipe"))
        reasons = self.agent.start(recipe, run, trial, run_ms)
        if not reasons:
            self.recorder.begin(run, trial)
            self.next_point_ms = run_ms
        return reasons

    def start_local(self, recipe, name, run_ms):
        """Start a run that a person at the bench asks for; the reasons why not."""
        run = "local-%s-%d-%d" % (name, self.recorder.boot, run_ms)
        reasons = self.agent.start(recipe, run, name, run_ms)
        if not reasons:
            self.recorder.begin(run, name)
            self.next_point_ms = run_ms
        return reasons

    def _status(self, run_ms, link_ms):
        return {
            "boot": self.recorder.boot,
            "t_ms": run_ms,
            "state": self.agent.state,
            "run": self.recorder.run,
            "last": self.recorder.last,
            "receipted": self.receipted,
            "nonce": self.gate.nonce(link_ms),
        }

    def _hello(self, run_ms, link_ms):
        fields = self._status(run_ms, link_ms)
        fields.update({"bench": self.bench, "envelope": self.envelope_hash, "software": SOFTWARE,
                       "simulated": 1 if self.simulated else 0, "boots": self._older_boots()})  # fmt: skip
        body = codec.body_of("hello", fields)
        return codec.with_tail("hello", body, seal.signature(self.keys["bench"], body))

    def _heartbeat(self, run_ms, link_ms):
        fields = self._status(run_ms, link_ms)
        fields.update({"late_ticks": self.late_ticks, "backlog": self.uplink.backlog})
        return codec.with_tail("heartbeat", codec.body_of("heartbeat", fields), "")

    def _older_boots(self):
        ranges = {}
        for record in self.uplink.waiting:
            if record.boot != self.recorder.boot:
                first = ranges.get(record.boot, (record.first, 0))[0]
                ranges[record.boot] = (first, record.first + record.count - 1)
        return [[boot, ranges[boot][0], ranges[boot][1]] for boot in sorted(ranges)][-64:]
