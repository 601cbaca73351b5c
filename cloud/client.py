"""The interface of the pages for programs and notebooks: tables and arrays. Standard library and numpy alone.

`Client("https://lab:8443", token="adatom_...").campaign("demo")`
"""

import json
import os
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener

import numpy as np
from adatom.protocol.errors import FailedError, InputError
from numpy.typing import NDArray

TOKEN_VARIABLE = "ADATOM_TOKEN"  # noqa: S105 - a name
TIMEOUT_S = 60.0
ANSWER_MAX_BYTES = 64 * 2**20
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Table(list[dict[str, Any]]):
    """Rows that a notebook shows as a table; `pandas.DataFrame(rows)` takes them as they are."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
        super().__init__(dict(row) for row in rows)
        self.columns = tuple(columns)

    def __repr__(self) -> str:
        texts = [self.columns, *([_text(row.get(name)) for name in self.columns] for row in self)]
        widths = [max(len(row[k]) for row in texts) for k in range(len(self.columns))]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in texts)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(_text(row.get(name)))}</td>" for name in self.columns) + "</tr>"
            for row in self
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


@dataclass(frozen=True)
class Campaign:
    """A campaign as it stands. `found`: everything that the server said."""

    found: Mapping[str, Any]

    @property
    def trials(self) -> Table:
        """One row a trial: trial, state, formula, R_interface with its 95 % interval (ohm cm2), V."""
        return Table(
            [_trial(row) for row in self.found["trials"]],
            ("trial", "state", "formula", "r_ohm_cm2", "low", "high", "v"),
        )

    def __repr__(self) -> str:
        return f"{self._heading()}\n{self.trials!r}"

    def _repr_html_(self) -> str:
        return f"<p><b>{escape(self._heading())}</b></p>{self.trials._repr_html_()}"

    def _heading(self) -> str:
        mark = ", SIMULATED" if self.found["simulated"] else ""
        best = next((row for row in self.trials if row["trial"] == self.found["best"]), None)
        said = f"best {best['r_ohm_cm2']:.3g} ohm cm2 (trial {best['trial']})" if best else "nothing measured yet"
        return f"campaign {self.found['campaign']}{mark}: {said}"


class Client:
    """One server. `token` as `adatom cloud user token` makes it, else $ADATOM_TOKEN; the demo asks for none.

    `ca`: a file of certificates to trust, for a laboratory's own authority. InputError for an address to which the
    token would go in the clear; FailedError when the server does not answer or refuses, with its own word.
    """

    def __init__(self, address: str, token: str | None = None, ca: Path | str | None = None) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError("address", f"{address!r}: must be https://HOST:PORT")
        self._token = os.environ.get(TOKEN_VARIABLE, "") if token is None else token
        if self._token and parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise InputError("address", f"{address!r}: the token would go in the clear: use https")
        self.address = address.rstrip("/")
        self._open = _opener(ca)

    def __repr__(self) -> str:
        return f"Client({self.address!r})"  # never the token

    def benches(self) -> Table:
        """What every bench does now."""
        return Table(
            self.get("/benches"), ("bench", "state", "run", "alive", "heard_s_ago", "unreceipted", "simulated")
        )

    def runs(self, most: int = 100) -> Table:
        """The newest runs first."""
        return Table(self.get("/runs", most=most), ("run_id", "campaign", "trial", "bench", "outcome", "reason"))

    def run(self, run_id: str) -> dict[str, Any]:
        """One run: recipe, quantities with their deviations, result, certificate."""
        return dict(self.get(f"/runs/{quote(run_id, safe='')}"))

    def trace(
        self, run_id: str, channels: Sequence[str], buckets: int = 1000, from_s: float | None = None,
        to_s: float | None = None,
    ) -> dict[str, NDArray[np.float64]]:  # fmt: skip
        """t_s, points, and each channel's lowest and highest (name_min, name_max) in each bucket; NaN where none."""
        span = {name: value for name, value in (("from_s", from_s), ("to_s", to_s)) if value is not None}
        found = self.get(f"/runs/{quote(run_id, safe='')}/trace", channel=list(channels), buckets=buckets, **span)
        return {name: np.array(values, dtype=float) for name, values in found.items()}

    def campaigns(self) -> Table:
        """Every campaign of the database."""
        return Table(self.get("/campaigns"), ("campaign", "seed", "created_utc_s", "here", "held"))

    def campaign(self, name: str) -> Campaign:
        """One campaign with its trials."""
        return Campaign(self.get(f"/campaigns/{quote(name, safe='')}"))

    def order(self, bench: str, word: str, why: str = "") -> None:
        """pause, resume or abort; FailedError with the bench's reasons when it refuses."""
        self.post(f"/benches/{quote(bench, safe='')}/orders", {"order": word, "why": why})

    def stop(self, why: str = "") -> None:
        """Stop every bench; FailedError names those that do not answer."""
        self.post("/stop", {"why": why})

    def get(self, path: str, **query: Any) -> Any:
        """The answer to a GET of the interface, such as "/audit"."""
        return self._ask(path + ("?" + urlencode(query, doseq=True) if query else ""))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The answer to a POST; in the demo the page's word goes along."""
        return self._ask(path, json.dumps(body).encode())

    def _ask(self, path: str, body: bytes | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
            if not self._token:
                headers["X-CSRF-Token"] = self.get("/session")["csrf"]
        # the scheme was checked at the start
        request = Request(f"{self.address}/api/v1{path}", body, headers)  # noqa: S310
        try:
            with self._open.open(request, timeout=TIMEOUT_S) as answer:
                text = answer.read(ANSWER_MAX_BYTES + 1)
        except HTTPError as error:
            raise FailedError(f"{self.address}: {_word(error)}") from None
        except (URLError, TimeoutError, OSError) as error:
            raise FailedError(f"{self.address}: does not answer: {getattr(error, 'reason', error)}") from error
        if len(text) > ANSWER_MAX_BYTES:
            raise FailedError(f"{self.address}{path}: the answer has more than {ANSWER_MAX_BYTES} bytes")
        return json.loads(text) if text else None


class _NoRedirects(HTTPRedirectHandler):
    """The interface has none: one would carry the token elsewhere."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _opener(ca: Path | str | None) -> OpenerDirector:
    try:
        context = ssl.create_default_context(cafile=None if ca is None else str(ca))
    except (OSError, ssl.SSLError) as error:
        raise InputError("ca", f"{ca}: cannot be read as certificates: {error}") from error
    return build_opener(_NoRedirects(), HTTPSHandler(context=context))


def _word(error: HTTPError) -> str:
    """What the server says of its refusal."""
    try:
        detail = json.loads(error.read(ANSWER_MAX_BYTES))["detail"]
    except (ValueError, KeyError, TypeError):
        detail = error.reason
    return f"{error.code}: {detail}"


def _trial(row: Mapping[str, Any]) -> dict[str, Any]:
    r, scores = row["r_interface_ohm_cm2"] or {}, row["scores"] or {}
    low, high = r.get("interval_95") or (None, None)
    return {"trial": row["trial"], "state": row["state"], "formula": row["formula"], "r_ohm_cm2": r.get("value"),
            "low": low, "high": high, "v": scores.get("v")}  # fmt: skip


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
