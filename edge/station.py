"""A bench as the cloud sees it: commands in, records out, around the agent. No I/O but the journal's.

Two clocks, both passed in: `run_ms` is the chamber's (virtual in simulation), `link_ms` the network's (always real).
A command is obeyed only after signature, nonce, counter and the envelope's own check; a refusal is recorded.
"""

from adatom.protocol import codec, seal, topics
from adatom.protocol.errors import FailedError, ProtocolError
from adatom.protocol.keyring import KeyRing, asked_by, parse_id
from adatom.protocol.limit import Limit
from adatom.protocol.session import HEARTBEAT_MS, HELLO_MS, WINDOW, Record, Uplink

from .alarms import DAMAGED, FAILS, LOST, Alarms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from adatom.protocol.recipe import Recipe

    from .agent import Agent
    from .recorder import Recorder
    from .upkeep import Upkeep

    Message = dict[str, Any]

SOFTWARE = "adatom 0.1.0"
BY_CLOUD = "asked by the cloud"
ALARMS = ("trip", "not_safe", DAMAGED, LOST)  # told ahead of their turn: they must not wait behind a backlog
# messages that are refused before a key vouches for them: anybody may send any number, and the journal is finite
REFUSALS_AT_ONCE, REFUSAL_MS = 20, 30000


class Station:
    """Agent, recorder, command gate and uplink of one bench. Shells feed it ticks, messages and time."""

    def __init__(
        self,
        bench: str,
        agent: "Agent",
        recorder: "Recorder",
        keys: KeyRing,
        salt: str,
        envelope_hash: str,
        simulated: bool,
        telemetry_ms: int = 1000,
        window: int = WINDOW,
        heartbeat_ms: int = HEARTBEAT_MS,
    ) -> None:
        self.bench = bench
        self.agent = agent
        self.recorder = recorder
        self.keys = keys  # "bench" seals what leaves, the others what arrives
        self.gate = seal.CommandGate(bench, keys, salt)
        self.refusals = Limit(REFUSALS_AT_ONCE, REFUSAL_MS)
        self.uplink = Uplink(window)
        self.in_memory = 2 * window  # records at most; beyond that only the journal has them
        self.behind = False  # whether it has some that the uplink was not offered
        self.offered = (0, 0)  # (boot, first) of the last record that it was
        self.envelope_hash = envelope_hash
        self.simulated = simulated
        self.telemetry_ms = telemetry_ms
        self.next_point_ms = 0
        self.receipted = 0
        self.late_ticks = 0
        self.hello_due = True
        self.hello_ms = 0
        self.heartbeat_ms = heartbeat_ms
        self.beaten_ms: "int | None" = None
        self.alarms = Alarms()
        self.unrecorded: "list[tuple[str, dict[str, Any]]]" = []  # events that the journal has not taken yet
        self.commit = recorder.commit  # a shell with threads puts sync_worker's here
        self._upkeep: "Upkeep | None" = None
        self.lost: "list[bytes]" = []  # messages that declare records lost, to be sent
        self.stop_why = ""  # somebody wants the agent ended, once the bench is safe

    # --- start -------------------------------------------------------------------------------------------------
    def recover(self, run_ms: int) -> None:
        """Offer what earlier boots could not deliver, and report a run that a crash cut off."""
        journal = self.recorder.journal
        self._catch_up()
        run, last_run = journal.run_in_progress(), journal.last_run()
        if last_run:
            self.agent.remember(last_run)  # its sender may not know yet that it was started, and ask again
        if run is None:
            return
        if "last" not in run:  # receipts may take the boot's records away before this report is durable
            run["last"] = journal.last_of(run["boot"])
            journal.begin_run(run)
        self.recorder.report_interrupted(run_ms, run, run["last"])

    # --- the control side --------------------------------------------------------------------------------------
    def tick(self, run_ms: int, readings: "list[int | None]") -> "list[int]":
        """One control step: outputs for the instruments. Records telemetry and events on the way."""
        outputs = self.agent.tick(run_ms, readings)
        if run_ms >= self.next_point_ms or self.agent.has_events or self.unrecorded:
            self._record_tick(run_ms, readings)
        return outputs

    @property
    def trouble(self) -> str:
        """Why the journal takes no more; "" when it does."""
        return self._upkeep.trouble if self._upkeep is not None else ""

    @property
    def upkeep(self) -> "Upkeep":
        """Who deals with what is wrong with the journal; loaded when something is: on a board that is RAM."""
        if self._upkeep is None:
            from .upkeep import Upkeep

            self._upkeep = Upkeep(self.bench, self.recorder)
        return self._upkeep

    @property
    def stopped(self) -> bool:
        """Whether the agent may end: somebody asked for it, and no run is going on any more."""
        return bool(self.stop_why) and not self.agent.busy

    def order(self, name: str, args: "dict[str, Any]", run_ms: int) -> "list[str]":
        """Carry out a command of the person at the bench and record it; the reasons why not."""
        reasons = self._obey(name, args, run_ms)
        try:
            why = str(args.get("why", ""))[:200]
            self.recorder.event(run_ms, "local_command", {"name": name, "why": why, "reasons": reasons})
            self._record_events(run_ms)
        except (OSError, FailedError) as error:  # a full journal must not keep anybody from stopping
            self._cannot_record(run_ms, error)
        return reasons

    def measured(self, run_ms: int, measurement: "dict[str, Any]", raw: bytes = b"") -> None:
        """Record a measurement (technique, columns, meta) and the instrument's raw text where there is one."""
        meta = dict(measurement["meta"])
        try:
            if raw:
                meta["raw_sha256"] = self.recorder.blob(run_ms, raw)
            self.recorder.measurement(run_ms, measurement["technique"], measurement["columns"], meta)
        except (OSError, FailedError) as error:
            self._cannot_record(run_ms, error)

    def tell(self, run_ms: int, name: str, data: "dict[str, Any]") -> None:
        """Record an event of the bench that is not the agent's, now or as soon as the journal takes it."""
        self.unrecorded = self.unrecorded + [(name, data)]

    def rekey(self, run_ms: int, keys: KeyRing) -> None:
        """Use other keys from now on, without ending anything; the record names their ids."""
        self.keys.replace(keys)
        self._tell_now(run_ms, "keys", {"ids": keys.ids[:64], "signs": keys.signs})

    # --- the network side --------------------------------------------------------------------------------------
    def connected(self) -> None:
        """The link is new: say hello, and send again whatever was in flight."""
        self.hello_due = True
        self.uplink.restart()

    def receive(self, topic: str, payload: bytes, run_ms: int, link_ms: int) -> None:
        """Take a message from the network; nothing that arrives raises."""
        try:
            self._receive(topic, payload, run_ms, link_ms)
        except (OSError, FailedError) as error:
            self._cannot_record(run_ms, error)

    def _receive(self, topic: str, payload: bytes, run_ms: int, link_ms: int) -> None:
        try:
            bench, direction, kind = topics.parse(topic)
            if bench != self.bench or direction != "down":
                raise ProtocolError("not for this bench")
            message, body, sig = codec.decode(kind, payload)
        except ProtocolError as error:
            self._refuse(run_ms, link_ms, "", str(error))
            return
        if kind == "receipt":
            self._receipt(message, body, sig, run_ms, link_ms)
        else:
            self._command(message, body, sig, run_ms, link_ms)

    def keep(self, run_ms: int) -> None:
        """Make what was recorded durable and queue it for sending; enough while the broker is away."""
        try:
            self.offer(self.commit)
        except OSError as error:
            self._cannot_record(run_ms, error)
            return
        if self.behind and self.uplink.backlog < self.uplink.window:
            self._catch_up()
        if self.recorder.journal.dropped:
            for name, data in self.upkeep.damage():
                self._tell_now(run_ms, name, data)

    def offer(self, commit: "Callable[[], list[Record]]") -> None:
        """Queue what a commit made durable for sending; its OSError passes."""
        for record in commit():
            self._offer(record)
            if self._upkeep is not None:
                self.unrecorded = self.unrecorded + self._upkeep.durable(record.first)

    def close(self, run_ms: int) -> None:
        """Nothing more will be said: the last points and records become durable."""
        try:
            self.recorder.flush()
            self.keep(run_ms)
            self.recorder.journal.close()
        except (OSError, FailedError) as error:
            self._cannot_record(run_ms, error)

    def publish(self, run_ms: int, link_ms: int) -> "list[tuple[str, bytes]]":
        """The (topic, payload) pairs to publish now. Whatever is among them is durable."""
        self._tell_dropped(run_ms, link_ms)
        self.keep(run_ms)
        out = []
        if self.hello_due or link_ms - self.hello_ms >= HELLO_MS:
            self.hello_due, self.hello_ms = False, link_ms
            out.append((topics.up(self.bench, "hello"), self._hello(run_ms, link_ms)))
        if self.beaten_ms is None or link_ms - self.beaten_ms >= self.heartbeat_ms:
            self.beaten_ms = link_ms
            out.append((topics.up(self.bench, "heartbeat"), self._heartbeat(run_ms, link_ms)))
            self.alarms.again()
        out += [(topics.up(self.bench, "alarm"), payload) for payload in self.alarms.due()]
        out += [(topics.up(self.bench, "lost"), payload) for payload in self.lost]
        self.lost = []
        out += [(topics.up(self.bench, record.kind), record.payload) for record in self.uplink.due(link_ms)]
        return out

    @property
    def backlog(self) -> int:
        """Records without a receipt, in memory or only in the journal."""
        return self.recorder.journal.backlog[0]

    # --- inner -------------------------------------------------------------------------------------------------
    def _offer(self, record: "Record") -> None:
        """Queue a journaled record for sending, if memory has room for it."""
        self.behind = self.behind or self.uplink.backlog >= self.in_memory
        if not self.behind:
            self.offered = (record.boot, record.first)
            self.uplink.offer(record)

    def _catch_up(self) -> None:
        """Queue what only the journal holds, as much as memory has room for."""
        self.behind = False
        for boot, first, count, payload in self.recorder.journal.pending():
            if (boot, first) > self.offered:
                self._offer(Record(boot, first, count, codec.kind_of(payload), payload))
            if self.behind:
                return

    def tick_events(self, run_ms: int) -> None:
        """Record what the agent has to tell, outside a tick."""
        self._record_events(run_ms)

    def _record_tick(self, run_ms: int, readings: "list[int | None]") -> None:
        """A point when one is due, and what the agent has to tell. A journal that takes no more ends the run."""
        try:
            if run_ms >= self.next_point_ms:
                self.next_point_ms = run_ms + self.telemetry_ms
                self.recorder.point(run_ms, readings)
            self._record_events(run_ms)
        except (OSError, FailedError) as error:
            self._cannot_record(run_ms, error)

    def _cannot_record(self, run_ms: int, error: Exception) -> None:
        """What cannot be recorded must not be made: end the run, stay safe, go on trying."""
        self.cannot_keep(run_ms, error)
        if self.agent.busy:
            self.agent.abort(run_ms, "the journal takes no more: " + self.trouble)

    def cannot_keep(self, run_ms: int, error: Exception) -> None:
        """Tell the cloud, without the journal, that it takes no more."""
        if self.upkeep.failed(str(error)):
            seq, data = self.recorder.last + 1, {"why": self.trouble[:200]}
            self.alarms.add(seq, self._alarm(run_ms, seq, FAILS, data))

    def _record_events(self, run_ms: int) -> None:
        self.unrecorded += self.agent.events()
        while self.unrecorded:  # one leaves the list only when the journal has it
            name, data = self.unrecorded[0]
            if name == "run_end":
                self.recorder.result(run_ms, data["outcome"], data["reason"], data.get("summary", {}))
            else:
                self.recorder.event(run_ms, name, data)
                if name in ALARMS:
                    seq = self.recorder.last
                    self.alarms.add(seq, self._alarm(run_ms, seq, name, data))
            self.unrecorded = self.unrecorded[1:]

    def _receipt(self, message: "Message", body: bytes, sig: str, run_ms: int, link_ms: int) -> None:
        try:
            if message["bench"] != self.bench:
                raise ProtocolError("wrong bench: %s" % message["bench"])
            self.keys.check(message["key"], "receipt", body, sig, self.bench)
            if message["boot"] == self.recorder.boot and message["upto"] > self.recorder.last:
                raise ProtocolError("for records that were never made")
        except ProtocolError as error:
            self._refuse(run_ms, link_ms, "receipt", str(error))
            return
        if message["boot"] == self.recorder.boot:
            self.receipted = max(self.receipted, message["upto"])
            self.alarms.receipted(self.receipted)
        self.uplink.receipt(message["boot"], message["upto"], link_ms)
        self.recorder.journal.receipted(message["boot"], message["upto"])
        self._look_back(message["boot"], message["upto"], run_ms, link_ms)

    def _look_back(self, boot: int, upto: int, run_ms: int, link_ms: int) -> None:
        """Where receipts stay behind what is here to send: read the journal anew, and declare lost what it has not."""
        if self._upkeep is None and not self.uplink.is_behind(boot, upto):
            return
        if not self.upkeep.stays_behind(boot, upto, self.uplink, link_ms):
            return
        self.recorder.journal.not_receipted(boot, upto)
        self.uplink.clear()
        self.offered = (0, 0)
        self._catch_up()
        if self.uplink.is_behind(boot, upto):
            body, events = self.upkeep.lost(upto, self.uplink.waiting[0])
            self.lost = [self._sealed("lost", body)]
            for name, data in events:
                self._tell_now(run_ms, name, data)

    def _command(self, message: "Message", body: bytes, sig: str, run_ms: int, link_ms: int) -> None:
        name, key = message["name"], message["key"]
        answers, asked = 0, []  # what tells the sender that a refusal is meant for him; only a key gives a right to it
        try:
            self.gate.authenticate(message, body, sig)
            if parse_id(key)[0] == "campaign":
                answers = message["counter"]
            else:
                asked = [asked_by(key, message["counter"])]
            self.gate.use_up(message, link_ms)
        except ProtocolError as error:
            self._refuse(run_ms, link_ms, name, str(error), answers, asked)
            return
        try:
            reasons = self._obey(name, message["args"], run_ms)
        except ProtocolError as error:
            reasons = [str(error)]
        if reasons:
            self.recorder.refusal(run_ms, answers, name, reasons[:15] + asked)
        else:
            self.recorder.event(run_ms, "command", {"name": name, "counter": message["counter"], "key": key})
        if self.agent.has_events:
            self._record_events(run_ms)

    def _refuse(
        self, run_ms: int, link_ms: int, name: str, reason: str, answers: int = 0, asked: "list[str] | None" = None
    ) -> None:
        """Record the refusal of a message, as long as there are not too many of them."""
        if self.refusals.allow(link_ms):
            self.recorder.refusal(run_ms, answers, name, [reason] + (asked or []))

    def _tell_dropped(self, run_ms: int, link_ms: int) -> None:
        """Record how many refusals were not, as one more of those that the limit allows."""
        if self.refusals.dropped and self.refusals.ready(link_ms):
            self.refusals.allow(link_ms)
            dropped, self.refusals.dropped = self.refusals.dropped, 0
            self._tell_now(run_ms, "refusals_dropped", {"count": dropped})

    def _tell_now(self, run_ms: int, name: str, data: "dict[str, Any]") -> None:
        """Record an event without waiting for the next tick: a simulated bench that is idle has none."""
        self.tell(run_ms, name, data)
        try:
            self._record_events(run_ms)
        except (OSError, FailedError) as error:
            self._cannot_record(run_ms, error)

    def _obey(self, name: str, args: "dict[str, Any]", run_ms: int) -> "list[str]":
        """Carry a command out; the list of reasons why not."""
        if name == "run":
            return self._run(args, run_ms)
        if name == "abort":
            self.agent.abort(run_ms, str(args.get("why", BY_CLOUD))[:200])
        elif name == "stop":
            self.stop_why = str(args.get("why", BY_CLOUD))[:200]
            self.agent.abort(run_ms, self.stop_why)
        elif name == "pause":
            return self.agent.pause(run_ms)
        elif name == "resume":
            return self.agent.resume(run_ms)
        elif name == "confirm":
            step, failed = args.get("step", ""), args.get("failed", "")
            if failed:
                return self.agent.give_up(step, str(failed)[:200], run_ms)
            return self.agent.confirm(step, run_ms)
        elif name == "rearm":
            return self.agent.rearm(run_ms)
        return []

    def _run(self, args: "dict[str, Any]", run_ms: int) -> "list[str]":
        run, trial = args.get("run"), args.get("trial")
        if not isinstance(run, str) or not isinstance(trial, str) or not 0 < len(run) <= 64 or len(trial) > 64:
            return ["args.run and args.trial must be texts of at most 64 characters"]
        if self.agent.busy and run == self.recorder.run:
            return []  # the cloud asks again after a restart of its own; the run goes on
        from adatom.protocol.recipe import recipe_from_dict  # loaded for a run; a board forgets it afterwards

        return self._start(recipe_from_dict(args.get("recipe")), run, trial, run_ms)

    def start_local(self, recipe: "Recipe", name: str, run_ms: int) -> "list[str]":
        """Start a run that a person at the bench asks for; the reasons why not."""
        run = "local-%s-%d-%d" % (name, self.recorder.boot, run_ms)
        return self._start(recipe, run, name, run_ms)

    def _start(self, recipe: "Recipe", run: str, trial: str, run_ms: int) -> "list[str]":
        """Begin a run and its record; the reasons why not. OSError: it has not begun.

        The medium has its name first: after a crash nobody would know that it had begun, and it would begin once more.
        """
        if self.trouble:
            return ["the journal takes no more: " + self.trouble]
        reasons = self.agent.may_not_start(recipe, run)
        if not reasons:
            self.recorder.begin(run, trial)
            # with the envelope, all that a certificate takes from a hello: this boot may never say one
            self.agent.begin(recipe, run, trial, run_ms, {"simulated": 1 if self.simulated else 0})
            self.next_point_ms = run_ms
        return reasons

    def _status(self, run_ms: int, link_ms: int) -> "Message":
        return {
            "boot": self.recorder.boot,
            "t_ms": run_ms,
            "state": self.agent.state,
            "run": self.recorder.run,
            "last": self.recorder.last,
            "receipted": self.receipted,
            "nonce": self.gate.nonce(link_ms),
        }

    def _hello(self, run_ms: int, link_ms: int) -> bytes:
        fields = self._status(run_ms, link_ms)
        fields.update({"bench": self.bench, "envelope": self.envelope_hash, "software": SOFTWARE,
                       "simulated": 1 if self.simulated else 0, "boots": self._older_boots()})  # fmt: skip
        return self._sealed("hello", codec.body_of("hello", fields))

    def _heartbeat(self, run_ms: int, link_ms: int) -> bytes:
        fields = self._status(run_ms, link_ms)
        fields.update({"late_ticks": self.late_ticks, "backlog": self.backlog})
        return codec.with_tail("heartbeat", codec.body_of("heartbeat", fields), "")

    def _alarm(self, run_ms: int, seq: int, name: str, data: "dict[str, Any]") -> bytes:
        """An event with its number, sealed instead of chained: it may arrive before the records before it."""
        fields = {"boot": self.recorder.boot, "seq": seq, "t_ms": run_ms, "run": self.recorder.run, "name": name,
                  "data": data}  # fmt: skip
        return self._sealed("alarm", codec.body_of("alarm", fields))

    def _sealed(self, kind: str, body: bytes) -> bytes:
        """A message under the bench's key."""
        return codec.with_tail(kind, body, self.keys.sign(self.keys.signing_id("bench"), body, self.bench))

    def _older_boots(self) -> "list[list[int]]":
        journal = self.recorder.journal
        return [journal.range_of(boot) for boot in journal.boots() if boot != self.recorder.boot][-64:]
