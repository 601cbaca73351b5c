"""Who answers at a base URL: versions, provider, licence, and the fields of its structures."""

import re
from typing import Any, NamedTuple

from adatom.cloud.knowledge.optimade.address import named
from adatom.cloud.knowledge.optimade.document import Document, document_of, shown
from adatom.cloud.knowledge.optimade.transport import Client
from adatom.protocol.errors import InputError, ProtocolError

MAJOR = "1"  # of OPTIMADE, which is spoken here
VERSION = re.compile(r"[0-9]+")
MAX_NAME = 100  # characters


class Service(NamedTuple):
    """A provider's database."""

    base: str  # without the version
    provider: str
    prefix: str
    api_version: str
    licence: str
    properties: dict[str, Any]  # of structures: field -> definition
    warnings: tuple[str, ...]

    @property
    def structures(self) -> str:
        """Where its structures are listed."""
        return f"{self.base}/v{MAJOR}/structures"


def discovered(client: Client, base: str) -> Service:
    """The service at a base URL. InputError when it does not speak OPTIMADE 1 or has no structures."""
    _check_versions(client, base)
    info = document_of(client.get(f"{base}/v{MAJOR}/info"))
    attributes = _dict(_dict(info.data).get("attributes"))
    if attributes.get("is_index") is True:
        raise InputError(base, f"is an index of databases, not one: take a base_url of {base}/v{MAJOR}/links")
    endpoints = attributes.get("available_endpoints")
    if isinstance(endpoints, list) and "structures" not in endpoints:
        raise InputError(base, f"has no structures, only {shown(', '.join(map(str, endpoints)))}")
    fields = document_of(client.get(f"{base}/v{MAJOR}/info/structures"))
    properties = _dict(fields.data).get("properties")
    if not isinstance(properties, dict):
        raise ProtocolError(f"{named(fields.url)}: tells no properties")
    provider = _dict(info.meta.get("provider"))
    return Service(
        base, _text(provider.get("name")) or base, _text(provider.get("prefix")),
        _text(attributes.get("api_version")) or _text(info.meta.get("api_version")), _licence(attributes),
        properties, (*info.warnings, *fields.warnings),
    )  # fmt: skip


def _check_versions(client: Client, base: str) -> None:
    """The list of versions is CSV, one number a line; a provider without it is taken at its word in /v1/info."""
    answer = client.get(f"{base}/versions")
    if answer.status != 200 or "csv" not in answer.kind:
        return
    lines = [line.partition(",")[0].strip() for line in answer.body[:10_000].decode("utf-8", "replace").splitlines()]
    majors = [line for line in lines if VERSION.fullmatch(line)]
    if majors and MAJOR not in majors:
        raise InputError(base, f"speaks OPTIMADE {', '.join(majors)[:100]}; {MAJOR} is needed")


def _licence(attributes: dict[str, Any]) -> str:
    """SPDX names where they are told, else the address of the text."""
    names = attributes.get("available_licenses")
    if isinstance(names, list) and names:
        return shown(", ".join(map(str, names)))[:MAX_NAME]
    link = attributes.get("license")
    return _text(_dict(link).get("href") or link) or "as of the source"


def request_delay_s(document: Document, most: float) -> float:
    """Seconds that a provider wants between requests, at most so many."""
    delay = document.meta.get("request_delay")
    return min(most, max(0.0, float(delay))) if isinstance(delay, int | float) else 0.0


def _text(value: Any) -> str:
    return shown(value)[:MAX_NAME] if isinstance(value, str) else ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
