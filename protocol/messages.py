"""The messages as tables; the JSON wire format IS these tables, telemetry alone is binary (codec.py).

A message is one JSON object on one line with the fields of its kind in this order, so that a person reads it with
`mosquitto_sub`. Numbered up-messages end in "link", the hash chain; sealed ones end in "sig". Tails are computed over
the very bytes before them, so no canonical JSON is needed. Times are the bench's monotonic milliseconds.
"""

VERSION = 1
MAX_BYTES = 65536  # of any message; the largest measurement part stays under a third of it
DOWN_MAX_BYTES = 8192  # of what a bench takes: a command with a recipe has about 1 kB, and parsing 64 kB delays a tick
MAX_BRACKETS = 400  # "[" and "{" in a message: bounds nesting before a parser sees it

UP = ("hello", "heartbeat", "alarm", "lost", "telemetry", "event", "measurement", "blob", "result", "refusal")
DOWN = ("command", "receipt")
JSON_KINDS = (
    "hello", "heartbeat", "alarm", "lost", "event", "measurement", "blob", "result", "refusal", "command", "receipt"
)  # fmt: skip
NUMBERED = ("telemetry", "event", "measurement", "blob", "result", "refusal")  # journaled, receipted, chained
SEALED = ("command", "receipt", "hello", "alarm", "lost")

COMMANDS = ("run", "abort", "pause", "resume", "confirm", "rearm", "stop")
OUTCOMES = ("complete", "failed", "aborted")

# A line a kind: name, type, lowest and highest of each field, in the order of the wire. For a str the length is meant,
# for an int the value, for a list or obj the size; *x are the fields of line x. One text and no tuples: a
# microcontroller keeps tuples in RAM and reads a text where it lies. What is not plain:
#   run        in progress, "" when idle             last, receipted   sequence number given out; all committed up to it
#   nonce      quote it in the next command          boots, ranges     [boot, first, last] of earlier boots, of the run
#   envelope   SHA-256 of the file                   columns           name with unit -> numbers, all of one length
#   alarm      an event, ahead of its turn           data              of a blob: base64
#   lost       the bench has these numbers no more     next               SHA-256 of the record that follows them
#   root       chain link before this record
#   key        its id                                valid_ms          from the moment the nonce was handed out
TABLE = """
sequence: boot int 1 2^31, seq int 1 2^53, t_ms int 0 2^53
state: boot int 1 2^31, t_ms int 0 2^53, state str 1 32, run str 0 64
status: *state, last int 0 2^53, receipted int 0 2^53, nonce str 1 64
hello: *status, bench str 1 32, envelope str 64 64, software str 1 64, simulated int 0 1, boots list 0 64
heartbeat: *status, late_ticks int 0 2^53, backlog int 0 2^53
event: *sequence, run str 0 64, name str 1 32, data obj 0 64
alarm: *event
lost: bench str 1 32, boot int 1 2^31, first int 1 2^53, last int 1 2^53, next str 64 64
part: technique str 1 32, part int 1 10000, parts int 1 10000
measurement: *sequence, run str 0 64, *part, columns obj 1 32, meta obj 0 64
blob: *sequence, run str 0 64, sha256 str 64 64, part int 1 10000, parts int 1 10000, data str 0 40000
end: trial str 0 64, outcome str 1 16, reason str 0 500, ranges list 0 64, root str 64 64, summary obj 0 64
result: *sequence, run str 0 64, *end
refusal: *sequence, counter int 0 2^53, name str 0 32, reasons list 1 64
order: bench str 1 32, name str 1 16, args obj 0 16, key str 1 32
command: *order, counter int 1 2^53, nonce str 1 64, valid_ms int 1 600000
receipt: bench str 1 32, boot int 1 2^31, upto int 0 2^53, key str 1 32
"""
TAILS = {"link": NUMBERED, "sig": SEALED}


def fields_of(kind: str) -> "list[tuple[str, str, int, int]]":
    """(name, type, lowest, highest) of a kind's fields, in the order in which they stand on the wire."""
    start = TABLE.find("\n%s: " % kind) + len(kind) + 3
    rows: "list[tuple[str, str, int, int]]" = []
    for words in TABLE[start : TABLE.find("\n", start)].split(", "):
        if words.startswith("*"):
            rows += fields_of(words[1:])
        else:
            name, form, low, high = words.split()
            rows.append((name, form, int(low), _highest(high)))
    return rows


def _highest(word: str) -> int:
    """2^53: an integer that every JSON reader keeps exact."""
    base, _, power = word.partition("^")
    return int(base) ** int(power) if power else int(base)


def tail_of(kind: str) -> "str | None":
    """The name of the tail field of a kind: "link", "sig" or None."""
    for name, kinds in TAILS.items():
        if kind in kinds:
            return name
    return None
