"""The hash of the envelope that a person last agreed to, in the journal's folder: a changed envelope does not arm.

A flipped bit may leave a file that is sound JSON and allows another temperature; so the first start notes the hash, and
another one is refused until a person accepts it.
"""

from adatom.protocol.errors import InputError

from .clock import make_durable

NAME = "envelope.sha256"
HASH_CHARS = 64


def check_note(folder: str, digest: str, where: str) -> bool:
    """Whether there is a note; InputError when it is not this hash. `where` is the envelope's file."""
    try:
        with open(note_path(folder), "rb") as file:
            noted = file.read(HASH_CHARS + 2)
    except OSError:
        return False
    if noted != _text(digest):
        raise InputError(where, "is not the envelope that this bench was started with before (%s, %s names another), "
                         "or the note is damaged. Compare it with your copy; adatom edge accept BENCH.toml agrees to it"
                         % (digest[:12], note_path(folder)))  # fmt: skip
    return True


def write_note(folder: str, digest: str) -> None:
    """A person agrees to the envelope of this hash."""
    with open(note_path(folder), "wb") as file:
        file.write(_text(digest))
        make_durable(file)


def note_path(folder: str) -> str:
    return folder + "/" + NAME


def _text(digest: str) -> bytes:
    return (digest + "\n").encode()
