"""A real headless Chromium for the tests of the pages: the machine's own, driven by Playwright."""

import contextlib
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 120_000  # a safety net, not a measure
# as root, as in a container, Chromium's own sandbox cannot be made; the pages are ours
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]


@contextlib.contextmanager
def page_of(address: str, *, width: int = 1280, dark: bool = False) -> Iterator[Page]:
    """A fresh browser's page; on leaving fails where the console has said anything wrong."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    assert path, f"none of {', '.join(NAMES)} is installed: apt install chromium"
    wrong: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        context = browser.new_context(
            base_url=address, viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        try:
            yield page
        finally:
            browser.close()
    # a refusal that a test asked for shows as a failed resource
    wrong = [text for text in wrong if not text.startswith("Failed to load resource")]
    if wrong:
        pytest.fail("the browser's console: " + "; ".join(wrong))


def fits(page: Page) -> bool:
    """Whether nothing makes the page wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
