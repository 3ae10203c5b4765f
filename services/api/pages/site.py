"""Mounts the pages on the app. NiceGUI has one application per process, so this is done once in a process."""

import importlib
import pkgutil

from fastapi import FastAPI
from nicegui import core, ui
from starlette.types import ASGIApp, Receive, Scope, Send

from services.api import pages
from services.api.pages import framework_words
from services.api.pages.registry import PREFIX
from services.api.pages.shell import DEPS
from services.api.web.deps import Deps


def load_pages() -> None:
    """Import every module of pages, which declares its own."""
    for module in pkgutil.iter_modules(pages.__path__):
        importlib.import_module(f"{pages.__name__}.{module.name}")


def mount_pages(app: FastAPI, deps: Deps) -> None:
    """Serve the pages below `/office`."""
    load_pages()
    framework_words.teach()
    core.app.config.quasar_config["loadingBar"]["skipHijack"] = True  # a bar without a name; pages say how far they are
    core.sio.eio.cors_allowed_origins = None  # the socket is for our own pages alone, not for any site's
    ui.run_with(
        app,
        mount_path=PREFIX,
        title="Nero",
        favicon="🪑",
        dark=None,
        tailwind=False,
        show_welcome_message=False,
        reconnect_timeout=10,
    )
    app.add_middleware(_WithDeps, deps=deps)


class _WithDeps:
    """Hands what the pages stand on to them: the app that they are mounted on is not theirs to see."""

    def __init__(self, app: ASGIApp, deps: Deps) -> None:
        self._app = app
        self._deps = deps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[DEPS] = self._deps
        await self._app(scope, receive, send)
