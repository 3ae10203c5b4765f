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


def chromium_path() -> str | None:
    """Return where Chromium is on this machine."""
    return os.environ.get("NERO_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
