"""Service tokens on the accounts page: issued, listed, revoked; and a secret that is shown once."""

from nicegui import ui

from services.api.auth.service_tokens import scopes_of
from services.api.office import service_tokens
from services.api.office.service_tokens import TokenCreate, TokenPublic
from services.api.pages.parts import day, once_at_a_time, put_away, sure
from services.api.pages.shell import OfficePage
from services.api.web.app import api_routes

_COPY = """async () => {
  const shown = document.querySelector("[data-secret]");
  getSelection().selectAllChildren(shown);
  const copied = navigator.clipboard
    ? await navigator.clipboard.writeText(shown.innerText).then(() => true, () => false)
    : document.execCommand("copy");
  if (copied) emit();
}"""
"""A page that is not served over HTTPS has no clipboard of its own: the secret is selected, and copied as by hand."""


async def show_secret(page: OfficePage, title: str, secret: str, once: str) -> None:
    """Show what is shown only once, until it is closed."""
    with ui.dialog().props("persistent") as dialog, ui.card().classes("nero-card"):
        ui.label(title).classes("text-subtitle1")
        ui.label(secret).classes("nero-secret").props('data-secret="shown"')
        ui.label(once)
        with ui.element("div").classes("nero-bar"):
            copy = ui.button(page.say("common.copy"), icon="content_copy").props("flat no-caps")
            copy.on("click", lambda: page.done(page.say("common.copied")), js_handler=_COPY)
            ui.button(page.say("common.close"), on_click=lambda: dialog.submit(True)).props("no-caps autofocus")
    await dialog
    put_away(dialog)


async def tokens_section(page: OfficePage) -> None:
    """Show the tokens, and to who may issue them a form."""
    ui.html(page.say("accounts.tokens"), tag="h2", sanitize=True).classes("nero-subtitle")
    ui.label(page.say("accounts.tokens.purpose")).classes("nero-purpose")
    if page.may("create_token"):
        _new_token(page)
    await _tokens(page)


@ui.refreshable
async def _tokens(page: OfficePage) -> None:
    found = await page.read(service_tokens.every, "list_tokens")
    if not found:
        ui.label(page.say("accounts.tokens.empty")).classes("nero-empty")
        return
    with ui.element("ul").classes("nero-parts").props(f'aria-label="{page.say("accounts.tokens")}"'):
        for token in found:
            with ui.element("li").classes("nero-part"):
                _token(page, token)


def _token(page: OfficePage, token: TokenPublic) -> None:
    ui.label(token.name).classes("nero-part-name")
    ui.label(f"{token.role}: {', '.join(token.scopes)}")
    ui.space()
    if token.revoked_at is not None:
        ui.label(page.say("accounts.tokens.revoked"))
        return
    if token.expires_at is not None:
        ui.label(page.say("accounts.tokens.until", date=day(page, token.expires_at, "UTC")))
    if page.may("revoke_token"):
        ui.button(page.say("accounts.tokens.revoke"), on_click=lambda: _revoke(page, token)).props("flat dense no-caps")


def _new_token(page: OfficePage) -> None:
    known = scopes_of(api_routes())
    with ui.expansion(page.say("accounts.tokens.new"), icon="key").classes("nero-card full-width"):
        with ui.element("div").classes("nero-bar"):
            name = ui.input(page.say("accounts.tokens.name")).props("dense")
            roles = {role: page.say(f"role.{role}") for role in ("auditor", "admin")}
            role = ui.select(roles, value="auditor", label=page.say("accounts.role")).props("dense")
            label = page.say("accounts.tokens.scopes")
            scopes = ui.select(known, multiple=True, label=label).props("dense use-chips").classes("nero-role")
            days = ui.number(page.say("accounts.tokens.days"), value=90, min=1, max=400).props("dense")

            async def make() -> bool:
                wish = {"name": name.value, "role": role.value, "scopes": scopes.value, "days": int(days.value or 0)}
                made = await page.attempt(
                    "create_token", lambda work: service_tokens.create(work, TokenCreate.model_validate(wish), known)
                )
                if made is not None:
                    name.value, scopes.value = "", []
                    _tokens.refresh()
                    title = page.say("accounts.tokens.secret", name=made.name)
                    await show_secret(page, title, made.token, page.say("accounts.tokens.once"))
                return False

            once_at_a_time(make, ui.button(page.say("accounts.create")).props("no-caps"))


async def _revoke(page: OfficePage, token: TokenPublic) -> None:
    question = page.say("accounts.tokens.revoke.sure", name=token.name)
    if await sure(page, question, page.say("accounts.tokens.revoke.goes"), page.say("accounts.tokens.revoke")):
        await page.attempt("revoke_token", lambda work: service_tokens.revoke(work, token.id), token_id=token.id)
        _tokens.refresh()
