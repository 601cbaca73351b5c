"""Whether a statement of Cypher only reads. A database opened read-only is not enough: ladybug still writes files by
COPY ... TO and EXPORT and loads extensions, and a Bolt server may ignore the access mode.
"""

import re

from adatom.protocol.errors import InputError

LONGEST = 20_000  # letters of a statement; a parser need not see more
BEGINS = ("MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN")
FORBIDDEN = {
    "CREATE", "MERGE", "SET", "DELETE", "DETACH", "REMOVE", "DROP", "ALTER", "FOREACH", "CALL", "LOAD", "COPY",
    "EXPORT", "IMPORT", "INSTALL", "UNINSTALL", "ATTACH", "USE", "BEGIN", "COMMIT", "ROLLBACK", "CHECKPOINT",
    "GRANT", "REVOKE", "DENY", "EXPLAIN", "PROFILE", "INSERT", "FINISH", "START", "STOP", "TERMINATE", "ENABLE",
    "COMMENT", "MACRO", "UPDATE", "PROJECT",
}  # fmt: skip
# what may hold any word: texts, quoted names, comments. One that is not closed stays, and is refused below
QUOTED = re.compile(
    r"""'(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" | `[^`]*` | /\*.*?\*/ | //[^\n\r]*""", re.DOTALL | re.VERBOSE
)
NAME = re.compile(r"[.$]?\w+")


def check_reading(cypher: str) -> None:
    """Raises InputError for a statement that might write, reach for files, or is more than one."""
    if len(cypher) > LONGEST:
        raise InputError("query", f"{len(cypher)} letters: at most {LONGEST} are allowed")
    if "\\u" in cypher.lower():  # Neo4j up to 5 reads \u0027 as a quotation mark before it looks for texts
        raise InputError("query", "\\u is not allowed in a query that only reads: give the text as a parameter")
    bare = QUOTED.sub(" '' ", cypher).strip().removesuffix(";")
    if any(mark in bare for mark in ("`", "/*", "*/")) or bare.replace("''", "").count("'") or '"' in bare:
        raise InputError("query", "a quotation or comment is not closed")
    if ";" in bare:
        raise InputError("query", "is more than one statement; one is allowed")
    words = [word.upper() for word in NAME.findall(bare)]
    if not words or words[0] not in BEGINS:
        raise InputError("query", f"must begin with one of {', '.join(BEGINS)}; --write allows everything")
    for word in words:  # `m.start` and `$use` are names, and so have their mark before them
        if word in FORBIDDEN:
            raise InputError("query", f"{word} is not allowed in a query that only reads; --write allows it")
