"""The frame of every office page: who is asking, menu, title, language; and how a page tells of what went wrong."""

import inspect
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

from fastapi import Request
from nicegui import ui
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from services.api import words
from services.api.auth import callers, users
from services.api.auth.caller import Caller
from services.api.auth.roles import RULES
from services.api.office import signing_in
from services.api.office.work import Work
from services.api.pages import framework_words
from services.api.pages.acting import Acting
from services.api.pages.registry import PREFIX, PageSpec, declare, menu
from services.api.problems import Problem
from services.api.web.deps import Deps
from services.api.words import Words

T = TypeVar("T")
SIGN_IN = "/sign-in"
DEPS = "nero_deps"
"""Where the request's scope holds what the pages stand on."""


@dataclass(frozen=True)
class OfficePage:
    """What a page's builder is given."""

    acting: Acting
    caller: Caller
    name: str
    """The user's, as the frame shows it."""
    words: Words
    request: Request
    spec: PageSpec
    warnings: list[ui.notification] = field(default_factory=list)
    """What went wrong and still stands on the page."""

    @property
    def deps(self) -> Deps:
        """What the process stands on."""
        return self.acting.deps

    def say(self, code: str, **values: object) -> str:
        """Return a sentence in the user's language."""
        return self.words.say(code, **values)

    def may(self, operation: str) -> bool:
        """Tell whether this user's role may do it, so that a page offers nothing that would be refused."""
        rule = RULES[operation]
        return rule.public or self.caller.role in rule.roles

    async def read(self, look: Callable[[Work], T], operation: str | None = None, **path: object) -> T:
        """Read as the user; without an operation, what this page itself may show.

        Raises:
            Problem: refused.
        """
        return await self.acting.read(operation or self.spec.operation, look, **path)

    async def do(self, operation: str, act: Callable[[Work], T], **path: object) -> T:
        """Change something as the user, all or nothing.

        Raises:
            Problem: refused; nothing was changed.
        """
        return await self.acting.do(operation, act, **path)

    async def attempt(self, operation: str, act: Callable[[Work], T], **path: object) -> T | None:
        """Change something; where it is refused, tell the user why and return None."""
        try:
            return await self.do(operation, act, **path)
        except Problem as problem:
            self.tell(problem)
        except ValidationError as error:
            wrong = [words.wrong_field(".".join(map(str, one["loc"])), one) for one in error.errors()[:8]]
            self.warn("\n".join(self.words.row(one) for one in wrong))
        except OperationalError:
            self.warn(self.say("problem.database_unavailable"))
        return None

    def tell(self, problem: Problem) -> None:
        """Say what was refused and why; what was typed stays. A session that has ended leads to the sign-in."""
        if problem.status_code == 401:
            ui.navigate.to(sign_in_path(self.request))
            return
        wrong = problem.body.problems[:8]
        self.warn("\n".join([self.words.problem(problem.body), *(self.words.row(one) for one in wrong)]))

    def warn(self, text: str) -> None:
        """Say what went wrong, until it is closed or something is done."""
        shown = ui.notification(
            text,
            type="negative",
            multi_line=True,
            timeout=None,
            close_button=self.say("common.close"),
            classes="nero-notice",
        )
        self.warnings.append(shown)

    def done(self, text: str) -> None:
        """Say that something was done; what stood there of earlier attempts goes."""
        self.forget_warnings()
        ui.notify(text, type="positive", position="bottom")

    def forget_warnings(self) -> None:
        """Take away what stands there of earlier attempts."""
        for shown in self.warnings:
            if not shown.is_deleted:
                shown.dismiss()
        self.warnings.clear()


Builder = Callable[..., Awaitable[None]]


def office_page(
    path: str, operation: str, title: str, *, menu: int | None = None, icon: str = "", below: str = ""
) -> Callable[[Builder], Builder]:
    """Declare a page: `async def build(page: OfficePage, …path parameters)` fills the frame."""
    spec = PageSpec(path, operation, title, menu, icon, below)
    declare(spec)

    def declared(build: Builder) -> Builder:
        async def shown(request: Request, **path_parameters: Any) -> Response | None:
            entered = await _enter(request, spec, path_parameters)
            if isinstance(entered, Response):
                return entered
            with _frame(entered):
                try:
                    await build(entered, **path_parameters)
                except Problem as problem:
                    entered.tell(problem)
                    ui.label(entered.words.problem(problem.body)).classes("nero-empty")
            return None

        own = [inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)]
        own += list(inspect.signature(build).parameters.values())[1:]
        shown.__signature__ = inspect.Signature(own)  # type: ignore[attr-defined]
        shown.__name__ = operation
        ui.page(spec.path, title="Nero", dark=None, response_timeout=20)(shown)
        return build

    return declared


def sign_in_path(request: Request) -> str:
    """Return where to sign in, to come back to this page."""
    back = f"{PREFIX}{request.scope.get('path', '/').removeprefix(PREFIX)}"
    query = request.scope.get("query_string", b"").decode()
    return f"{SIGN_IN}?next={quote(back + (f'?{query}' if query else ''), safe='')}"


def words_for(request: Request) -> Words:
    """Return the words of the language that this browser wants."""
    default = request.scope[DEPS].settings.api.language
    cookie, accepted = request.cookies.get(words.COOKIE), request.headers.get("accept-language", "")
    return words.words_of(words.chosen(cookie, accepted, default))


async def _enter(request: Request, spec: PageSpec, path: dict[str, Any]) -> OfficePage | Response:
    """Return the page for its user; a redirect for nobody, and for somebody with a one-time password."""
    deps: Deps = request.scope[DEPS]
    acting = Acting(deps, request.cookies.get(callers.COOKIE, ""), request.client.host if request.client else "")
    own_words = words_for(request)
    try:
        caller = await run_in_threadpool(acting.caller, spec.operation, path)
    except Problem as problem:
        if problem.body.code in ("sign_in_first", "change_password_first"):
            return RedirectResponse(sign_in_path(request), 303)
        return await _refused(problem, own_words)

    def name(work: Work) -> str:
        return users.get(work.session, caller.user_id or 0).display_name

    return OfficePage(acting, caller, await acting.read(spec.operation, name, **path), own_words, request, spec)


async def _refused(problem: Problem, own_words: Words) -> Response:
    page = f"""<!doctype html><html lang="{own_words.language}"><head><meta charset="utf-8"><title>Nero</title>
<link rel="stylesheet" href="/static/office.css"></head><body class="nero-refused"><main><h1>{own_words.say("page.refused")}</h1>
<p>{own_words.problem(problem.body)}</p><p><a href="{PREFIX}/">{own_words.say("page.refused.home")}</a></p></main></body></html>"""
    return Response(page, problem.status_code, media_type="text/html")


class _frame:  # noqa: N801 - used as a context manager, like NiceGUI's own
    """Header, menu and title; its body is the page's content."""

    def __init__(self, page: OfficePage) -> None:
        self._page = page

    def __enter__(self) -> None:
        page = self._page
        ui.add_head_html('<link rel="stylesheet" href="/static/office.css">')
        _whole_paths()
        framework_words.speak(ui.context.client, page.words.language)
        ui.page_title(f"{page.say(page.spec.title)} · Nero")
        language = json.dumps(page.words.language)
        ui.add_head_html(f"<script>document.documentElement.lang = {language};</script>")
        ui.colors(primary="#2459c7", positive="#1a7f45", negative="#b3261e", warning="#8a5a00")
        _header(page)
        self._content = ui.element("div").classes("nero-page")  # in Quasar's own <main>
        self._content.__enter__()
        with ui.element("header").classes("nero-title"):
            ui.html(page.say(page.spec.title), tag="h1", sanitize=True)
            ui.label(page.say(f"{page.spec.title}.purpose")).classes("nero-purpose")

    def __exit__(self, *error: object) -> None:
        self._content.__exit__(*error)


def _whole_paths() -> None:
    """Let links and navigation take a path as it is written: NiceGUI would put its own place, `/office`, before each."""
    ui.add_head_html("<script>Object.defineProperty(window, 'path_prefix', {get: () => '', set() {}});</script>")
    client = ui.context.client

    def open_path(target: Callable[..., Any] | str, new_tab: bool = False) -> None:
        how = "window.open" if new_tab else "location.assign"
        client.run_javascript(f"{how}({json.dumps(str(target))})")

    client.open = open_path  # type: ignore[method-assign]


def _header(page: OfficePage) -> None:
    with ui.header().classes("nero-header"):
        menu_button = ui.button(icon="menu").props(f'flat round dense aria-label="{page.say("menu.toggle")}"')
        ui.link("Nero", f"{PREFIX}/").classes("nero-brand")
        ui.space()
        with ui.element("nav").props(f'aria-label="{page.say("menu.languages")}"').classes("nero-languages"):
            for language in words.languages():
                label = words.words_of(language).say("language.name")
                button = ui.button(label, on_click=lambda _, chosen=language: _speak(chosen)).props(
                    "flat dense no-caps"
                )
                if language == page.words.language:
                    button.props('aria-current="true"')
        ui.label(page.name).classes("nero-user")
        ui.button(page.say("menu.sign_out"), on_click=lambda: _sign_out(page)).props("flat dense no-caps")
    with ui.left_drawer(bordered=True).classes("nero-menu").props("width=230 breakpoint=900") as drawer:
        with ui.element("nav").props(f'aria-label="{page.say("menu.pages")}"'):
            for spec in menu():
                if page.may(spec.operation):
                    with ui.link(target=spec.address).classes("nero-menu-item") as link:
                        ui.icon(spec.icon).props('aria-hidden="true"')
                        ui.label(page.say(spec.title))
                    if spec.operation == page.spec.operation:
                        link.props('aria-current="page"')
                    elif spec.operation == page.spec.below:
                        link.props('aria-current="true"')
    menu_button.on_click(drawer.toggle)


def _speak(language: str) -> None:
    ui.run_javascript(
        f"document.cookie = '{words.COOKIE}={language}; path=/; max-age=31536000; samesite=strict'; location.reload();"
    )


async def _sign_out(page: OfficePage) -> None:
    await page.attempt("sign_out", signing_in.sign_out)
    ui.run_javascript('sessionStorage.removeItem("nero.paste")')  # names that waited for an import go with their reader
    ui.navigate.to(SIGN_IN)
