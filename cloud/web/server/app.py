"""The application: routes, pages, and what holds for every answer."""

from importlib.metadata import version
from pathlib import Path

from adatom.protocol.errors import FailedError, InputError
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from plotly import offline
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .routes import benches, campaigns, records, runs, session
from .window import Window

STATIC = Path(__file__).parents[1] / "static"
PLOTLY = Path(offline.__file__).parents[1] / "package_data" / "plotly.min.js"
BODY_MAX_BYTES = 65536
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
# Everything comes from here; plotly sets styles of elements, which CSP calls inline
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin", "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}  # fmt: skip


def make_app(window: Window) -> FastAPI:
    """The application over a window."""
    app = FastAPI(title="adatom", version=version("adatom"), docs_url=None, redoc_url=None,
                  openapi_url="/api/v1/openapi.json")  # fmt: skip
    app.state.window, app.state.gate = window, window.gate
    for router in (session.router, benches.router, runs.router, campaigns.router, records.router):
        app.include_router(router)
    app.add_exception_handler(InputError, _wrong)
    app.add_exception_handler(FailedError, _failed)
    app.add_middleware(Guard, window=window)
    app.get("/plotly.js", include_in_schema=False)(_plotly)
    app.mount("/", StaticFiles(directory=STATIC, html=True), name="pages")
    return app


class Guard:
    """Limits before the work, headers on every answer. Plain ASGI: streams go through it untouched."""

    def __init__(self, app: ASGIApp, window: Window) -> None:
        self.app, self.window = app, window

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {**HEADERS, "Cache-Control": _caching(request.url.path)}.items():
                    headers.setdefault(name, value)
            await send(message)

        await (_refused(request, self.window) or self.app)(scope, receive, dressed)


def _caching(path: str) -> str:
    """What the interface says is of now; a page is asked after each time, and told "not modified"."""
    return "no-store" if path.startswith("/api/") else "no-cache"


def _refused(request: Request, window: Window) -> Response | None:
    address = request.client.host if request.client else ""
    if not window.gate.calls.allow(address, window.gate.clock.monotonic_s()):
        return JSONResponse({"detail": "too many calls"}, 429, {"Retry-After": "1"})
    if window.gate.accounts is None and not _is_loopback(request.headers.get("host", "")):
        # another site's name that leads here (DNS rebinding) would make that site's page one of ours
        return JSONResponse({"detail": "demo mode answers under 127.0.0.1 and localhost alone"}, 421)
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers or not length.isdigit() or int(length) > BODY_MAX_BYTES:
        return JSONResponse({"detail": f"a body has {BODY_MAX_BYTES} bytes at most, and says how many"}, 413)
    return None


def _is_loopback(host: str) -> bool:
    name, _, port = host.rpartition(":")
    return (name if port.isdigit() else host) in LOOPBACK


def _plotly() -> FileResponse:
    """The installed plotly's own script: four megabytes that need no second copy here."""
    return FileResponse(PLOTLY, media_type="text/javascript", headers={"Cache-Control": "max-age=86400"})


def _wrong(request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, 422)


def _failed(request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, 503)
