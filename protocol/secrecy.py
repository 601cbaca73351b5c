"""What a file with a secret must be like: one rule for keys, passwords, private keys. The mode is passed in."""

from .errors import InputError

OTHERS = 0o077  # group and everybody


def refuse_mode(where: str, mode: int) -> None:
    """InputError for a mode (as of stat) that lets others read or write."""
    if mode & OTHERS:
        raise InputError(where, "is open to others: chmod %s it" % ("700" if mode & 0o40000 else "600"))
