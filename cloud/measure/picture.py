"""Pictures of measurements as files: which endings can be written, and a place that cannot be written told plainly."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from adatom.protocol.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENDINGS = (".png", ".svg")
DPI = 130


def check_plot(path: Path, endings: Sequence[str] = ENDINGS) -> None:
    """Raises InputError for a name that ends otherwise than we can write."""
    if path.suffix.lower() not in endings:
        raise InputError("--plot", f"{path.name!r}; a name ending in {', '.join(endings)} is needed")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns a place that cannot be written into an InputError."""
    try:
        yield
    except OSError as error:
        raise InputError("--plot", f"{path}: cannot be written: {error.strerror}") from error


def save(path: Path, figure: "Figure") -> None:
    """Write a picture. Raises InputError for a place that cannot be written."""
    with writing(path):
        figure.savefig(path, dpi=DPI)
