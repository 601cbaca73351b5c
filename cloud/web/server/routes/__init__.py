"""The REST interface, one file a subject. Each route names in its signature who may call it."""

from typing import Annotated

from fastapi import Depends, Path, Request

from ..window import Window


def _window(request: Request) -> Window:
    found: Window = request.app.state.window
    return found


Parts = Annotated[Window, Depends(_window)]
BenchName = Annotated[str, Path(max_length=32)]
RunId = Annotated[str, Path(max_length=64)]
CampaignName = Annotated[str, Path(max_length=64)]
