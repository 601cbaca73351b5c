"""What was done by whom: the audit chain."""

import json
from typing import Annotated, Any

from adatom.cloud.store.store import Store
from fastapi import APIRouter, Query

from ..access import Viewer
from . import Parts

router = APIRouter(prefix="/api/v1", tags=["records"])


@router.get("/audit", summary="The newest entries of the audit chain")
async def audit(
    person: Viewer, window: Parts, most: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[dict[str, Any]]:
    """Newest first: n, the entry as it was chained, its link. `adatom audit` checks the chain."""
    rows = await window.store.read(Store.last_audit_rows, most)
    return [{"n": row.n, "entry": json.loads(row.entry), "link": row.link.hex()} for row in rows]
