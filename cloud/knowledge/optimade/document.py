"""JSON:API documents: bytes to data, links, warnings, or the errors they tell. Pure.

Everything in them was written by somebody else: bounded, and without control characters where it is shown.
"""

import json
from typing import Any, NamedTuple

from adatom.cloud.knowledge.optimade.address import followed, named
from adatom.cloud.knowledge.optimade.transport import Answer
from adatom.protocol.errors import FailedError, InputError, ProtocolError

MAX_DEPTH = 32  # (K) of lists and objects in each other; a page of structures has 7
MAX_SHOWN = 600  # characters of a text of theirs
MAX_TEXTS = 10  # errors or warnings of one answer that are shown


class Document(NamedTuple):
    """An answer that is no error."""

    url: str
    data: Any
    meta: dict[str, Any]
    included: list[dict[str, Any]]
    next: str  # the whole address of the next page, "" after the last
    warnings: tuple[str, ...]


def document_of(answer: Answer) -> Document:
    """The document of an answer. InputError: what was asked is refused; FailedError: the server failed;
    ProtocolError: this is not what OPTIMADE allows.
    """
    if answer.status >= 300:
        raise _refusal(answer)
    if "json" not in answer.kind:
        said = f"{answer.kind or 'an answer without a type'} came instead of JSON"
        raise ProtocolError(f"{named(answer.url)}: {said}; is this the base URL of an OPTIMADE provider?")
    body = parsed(answer.body, named(answer.url))
    if not isinstance(body, dict) or "data" not in body:
        raise ProtocolError(f"{named(answer.url)}: the answer has no `data`")
    meta, included, links = (body.get(name) for name in ("meta", "included", "links"))
    meta = meta if isinstance(meta, dict) else {}
    link = _address(links.get("next") if isinstance(links, dict) else None)
    return Document(
        answer.url, body["data"], meta, _objects(included), followed(link, answer.url) if link else "",
        tuple(_told(one) for one in _objects(meta.get("warnings"))[:MAX_TEXTS]),
    )  # fmt: skip


def parsed(body: bytes, where: str) -> Any:
    """The value of JSON bytes; no NaN, no infinity, no depth beyond reason."""
    try:
        value = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"{where}: is no JSON: {str(error)[:200]}") from None
    if _is_deep(value):
        raise ProtocolError(f"{where}: lists and objects stand in each other more than {MAX_DEPTH} deep")
    return value


def shown(text: object) -> str:
    """A text of theirs for a terminal: one line, bounded, nothing that a terminal obeys."""
    plain = " ".join(str(text).split())
    safe = "".join(one if one.isprintable() else "?" for one in plain)
    return safe if len(safe) <= MAX_SHOWN else safe[:MAX_SHOWN] + "..."


def _refusal(answer: Answer) -> InputError | FailedError:
    try:
        body = parsed(answer.body, named(answer.url)) if "json" in answer.kind else {}
    except ProtocolError:
        body = {}
    errors = _objects(body.get("errors") if isinstance(body, dict) else None)[:MAX_TEXTS]
    told = "; ".join(_told(one) for one in errors) or "no reason is told"
    said = f"HTTP {answer.status}: {told}"
    return InputError(named(answer.url), said) if answer.status < 500 else FailedError(f"{named(answer.url)}: {said}")


def _told(one: dict[str, Any]) -> str:
    """Title and detail of an error or a warning."""
    parts = [shown(one[name]) for name in ("title", "detail") if isinstance(one.get(name), str)]
    return ": ".join(dict.fromkeys(parts)) or "no reason is told"


def _address(link: Any) -> str:
    """A link as JSON:API allows it: a text, an object with href, or null."""
    found = link.get("href") if isinstance(link, dict) else link
    return found.strip() if isinstance(found, str) else ""


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        held = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [inner for one in held for inner in one]
    return any(isinstance(one, dict | list) for one in level)


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")
