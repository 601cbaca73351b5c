"""The messages as tables; the JSON wire format IS these tables, telemetry alone is binary (codec.py).

A message is one JSON object on one line with the fields of its row in this order, so that a person reads it with
`mosquitto_sub`. Numbered up-messages end in "link", the hash chain; sealed ones end in "sig". Tails are computed over
the very bytes before them, so no canonical JSON is needed. Times are the bench's monotonic milliseconds.
"""

VERSION = 1
MAX_BYTES = 65536  # of any message; the largest measurement part stays under a third of it
MAX_BRACKETS = 400  # "[" and "{" in a message: bounds nesting before a parser sees it
COUNTER_MAX = 2**53  # integers that every JSON reader keeps exact
TEXT_MAX = 500

UP = ("hello", "heartbeat", "telemetry", "event", "measurement", "blob", "result", "refusal")
DOWN = ("command", "receipt")
NUMBERED = ("telemetry", "event", "measurement", "blob", "result", "refusal")  # journaled, receipted, chained
SEALED = ("command", "receipt", "hello")

COMMANDS = ("run", "abort", "pause", "resume", "confirm", "rearm", "stop")
OUTCOMES = ("complete", "failed", "aborted")

# field: (name, type, low, high); for str the length, for int and num the value, for list and obj the size
_SEQUENCE = (("boot", "int", 1, 2**31), ("seq", "int", 1, COUNTER_MAX), ("t_ms", "int", 0, COUNTER_MAX))
_RUN = ("run", "str", 0, 64)
_STATUS = (
    ("boot", "int", 1, 2**31),
    ("t_ms", "int", 0, COUNTER_MAX),
    ("state", "str", 1, 32),
    _RUN,  # run in progress, "" when idle
    ("last", "int", 0, COUNTER_MAX),  # last sequence number given out
    ("receipted", "int", 0, COUNTER_MAX),  # all up to here is known to be committed
    ("nonce", "str", 1, 64),  # quote it in the next command
)
FIELDS = {
    "hello": _STATUS
    + (
        ("bench", "str", 1, 32),
        ("envelope", "str", 64, 64),  # SHA-256 of the envelope file
        ("software", "str", 1, 64),
        ("simulated", "int", 0, 1),
        ("boots", "list", 0, 64),  # earlier boots with unreceipted records, as [boot, first, last]
    ),
    "heartbeat": _STATUS + (("late_ticks", "int", 0, COUNTER_MAX), ("backlog", "int", 0, COUNTER_MAX)),
    "event": _SEQUENCE + (_RUN, ("name", "str", 1, 32), ("data", "obj", 0, 64)),
    "measurement": _SEQUENCE
    + (
        _RUN,
        ("technique", "str", 1, 32),
        ("part", "int", 1, 10000),
        ("parts", "int", 1, 10000),
        ("columns", "obj", 1, 32),  # name with unit -> list of numbers, all of one length
        ("meta", "obj", 0, 64),
    ),
    "blob": _SEQUENCE
    + (
        _RUN,
        ("sha256", "str", 64, 64),
        ("part", "int", 1, 10000),
        ("parts", "int", 1, 10000),
        ("data", "str", 0, 40000),  # base64
    ),
    "result": _SEQUENCE
    + (
        _RUN,
        ("trial", "str", 0, 64),
        ("outcome", "str", 1, 16),
        ("reason", "str", 0, TEXT_MAX),
        ("ranges", "list", 1, 64),  # [boot, first, last] of every record of the run
        ("root", "str", 64, 64),  # chain link before this record
        ("summary", "obj", 0, 64),
    ),
    "refusal": _SEQUENCE + (("counter", "int", 0, COUNTER_MAX), ("name", "str", 0, 32), ("reasons", "list", 1, 64)),
    "command": (
        ("bench", "str", 1, 32),
        ("name", "str", 1, 16),
        ("args", "obj", 0, 16),
        ("key", "str", 1, 32),  # key id
        ("counter", "int", 1, COUNTER_MAX),
        ("nonce", "str", 1, 64),  # as the edge handed it out
        ("valid_ms", "int", 1, 600000),  # from the moment the nonce was handed out
    ),
    "receipt": (
        ("bench", "str", 1, 32),
        ("boot", "int", 1, 2**31),
        ("upto", "int", 0, COUNTER_MAX),  # every record of this boot up to here is committed
        ("key", "str", 1, 32),
    ),
}
TAILS = {"link": NUMBERED, "sig": SEALED}


def tail_of(kind: str) -> "str | None":
    """The name of the tail field of a kind: "link", "sig" or None."""
    for name, kinds in TAILS.items():
        if kind in kinds:
            return name
    return None
