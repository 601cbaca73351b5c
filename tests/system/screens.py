"""Pictures of every page for the docs, of a demo that runs meanwhile:

python -m tests.system.screens docs/images
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.system.browser import PATIENCE_MS, page_of
from tests.system.processes import adatom, process
from tests.system.test_window import address_in

# page -> (file, width, height, dark)
SCREENS = {
    "benches": ("window-benches.png", 1280, 860, False),
    "campaigns/demo": ("window-campaign.png", 1280, 1180, False),
    "runs/demo-0001-r1-a1": ("window-run.png", 1280, 1180, False),
    "benches#phone": ("window-phone.png", 390, 844, True),
}
SETTLED_MS = 4000  # for plots to draw, and for some telemetry


def take(page: Page, place: str, path: Path, height: int) -> None:
    """One picture."""
    page.set_viewport_size({"width": page.viewport_size["width"], "height": height})  # type: ignore[index]
    page.goto(f"/#/{place}")
    page.wait_for_timeout(SETTLED_MS)
    page.screenshot(path=path)


def main(folder: Path) -> None:
    """Run a demo and photograph it."""
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "log"
        words = adatom("demo", "--trials", "24", "--serve", "--port", "0", "--out", Path(name) / "demo", "--json")
        with process(words, log):
            address = address_in(log, r"window: (http://\S+)")
            with page_of(address) as page:
                page.goto("/#/campaigns/demo")
                expect(page.locator("[data-done]")).to_have_attribute("data-done", "8", timeout=5 * PATIENCE_MS)
            for place, (file, width, height, dark) in SCREENS.items():
                with page_of(address, width=width, dark=dark) as page:
                    take(page, place.partition("#")[0], folder / file, height)
                    print(folder / file)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
