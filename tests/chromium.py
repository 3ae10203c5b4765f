"""The browser of the tests: where it is, and how it is started."""

import os
import shutil

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]


NAMES = ("chromium", "chromium-browser", "google-chrome")
"""What it is called on PATH, the first that is there; scripts/system.sh looks for the same."""


def chromium_path() -> str | None:
    """Return where Chromium is on this machine."""
    return os.environ.get("NERO_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
