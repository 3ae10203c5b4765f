"""Accounts: who may sign in and as what, where they are signed in, and one's own sign-ins everywhere."""

from nicegui import ui

from services.api.auth.roles import ROLES
from services.api.office import accounts, signing_in
from services.api.office.accounts import UserChange, UserCreate, UserCreated, UserPublic
from services.api.office.work import Work
from services.api.pages.parts import clock, day, once_at_a_time, put_away, sure
from services.api.pages.shell import SIGN_IN, OfficePage, office_page
from services.api.pages.tokens import show_secret, tokens_section


@office_page("/accounts", "page_accounts", "accounts", menu=90, icon="manage_accounts")
async def build(page: OfficePage) -> None:
    """Show one's own sign-ins to everybody, the accounts to who may see them."""
    with ui.element("div").classes("nero-bar"):
        ui.button(page.say("accounts.end.mine"), icon="logout", on_click=lambda: _end_mine(page)).props("flat no-caps")
    if not page.may("list_users"):
        return
    if page.may("create_user"):
        _new_account(page)
    else:
        ui.label(page.say("accounts.only_owner"))
    await _accounts(page)
    await tokens_section(page)


@ui.refreshable
async def _accounts(page: OfficePage) -> None:
    found = await page.read(accounts.every, "list_users")
    with ui.element("ul").classes("nero-parts").props(f'aria-label="{page.say("accounts")}"'):
        for user in found:
            with ui.element("li").classes("nero-part"):
                _account(page, user)


def _account(page: OfficePage, user: UserPublic) -> None:
    ui.label(user.username).classes("nero-part-name")
    ui.label(user.display_name if user.display_name != user.username else "")
    last = user.last_sign_in_at
    said = f"{day(page, last, 'UTC')}, {clock(last, 'UTC')} UTC" if last else page.say("accounts.never")
    ui.label(f"{page.say('accounts.last')}: {said}")
    if user.must_change_password:
        ui.label(page.say("accounts.must_change"))
    ui.space()
    if page.may("change_user"):
        _changing(page, user)
    else:
        ui.label(page.say(f"role.{user.role}"))
    if page.may("list_user_sessions"):
        ui.button(page.say("accounts.sessions"), on_click=lambda: _sessions(page, user)).props("flat dense no-caps")


def _changing(page: OfficePage, user: UserPublic) -> None:
    roles = {role: page.say(f"role.{role}") for role in ROLES}
    ui.select(
        roles,
        value=user.role,
        label=page.say("accounts.role"),
        on_change=lambda event: _change(page, user, UserChange(role=event.value)),
    ).props("dense options-dense").classes("nero-role")
    ui.checkbox(
        page.say("accounts.active"),
        value=user.active,
        on_change=lambda event: _change(page, user, UserChange(active=event.value)),
    )
    ui.button(page.say("accounts.reset"), on_click=lambda: _reset(page, user)).props("flat dense no-caps")


def _new_account(page: OfficePage) -> None:
    with ui.expansion(page.say("accounts.new"), icon="person_add").classes("nero-card full-width"):
        with ui.element("div").classes("nero-bar"):
            name = ui.input(page.say("accounts.name")).props("dense autocapitalize=none")
            shown = ui.input(page.say("accounts.display")).props("dense")
            roles = {role: page.say(f"role.{role}") for role in reversed(ROLES)}
            role = ui.select(roles, value="invigilator", label=page.say("accounts.role")).props("dense")

            async def make() -> bool:
                wish = {"username": name.value, "display_name": shown.value.strip(), "role": role.value}
                made = await page.attempt(
                    "create_user", lambda work: accounts.create(work, UserCreate.model_validate(wish))
                )
                if made is not None:
                    name.value = shown.value = ""
                    await _hand_over(page, made)
                return False

            once_at_a_time(make, ui.button(page.say("accounts.create")).props("no-caps"))


async def _hand_over(page: OfficePage, made: UserCreated) -> None:
    _accounts.refresh()
    title = page.say("accounts.secret", name=made.username)
    await show_secret(page, title, made.one_time_password or "", page.say("accounts.secret.once"))


async def _change(page: OfficePage, user: UserPublic, wish: UserChange) -> None:
    changed = await page.attempt("change_user", lambda work: accounts.change(work, user.id, wish), user_id=user.id)
    if changed is not None:
        page.done(page.say("common.saved"))
    _accounts.refresh()


async def _reset(page: OfficePage, user: UserPublic) -> None:
    question = page.say("accounts.reset.sure", name=user.username)
    if await sure(page, question, page.say("accounts.reset.goes"), page.say("accounts.reset")):
        made = await page.attempt(
            "reset_user_password", lambda work: accounts.reset_password(work, user.id), user_id=user.id
        )
        if made is not None:
            await _hand_over(page, made)


async def _sessions(page: OfficePage, user: UserPublic) -> None:
    found = await page.read(lambda work: accounts.signed_in(work, user.id), "list_user_sessions", user_id=user.id)
    with ui.dialog() as dialog, ui.card().classes("nero-card"):
        ui.label(f"{user.username}: {page.say('accounts.sessions')}").classes("text-subtitle1")
        if not found:
            ui.label(page.say("accounts.sessions.none"))
        for one in found:
            seen = f"{day(page, one.last_seen_at, 'UTC')}, {clock(one.last_seen_at, 'UTC')} UTC"
            ui.label(f"{one.address} · {seen} · {one.user_agent[:80]}")
        with ui.element("div").classes("nero-bar"):
            ui.button(page.say("common.close"), on_click=lambda: dialog.submit(False)).props("flat no-caps autofocus")
            if page.may("end_user_sessions"):
                ui.button(page.say("accounts.end"), on_click=lambda: dialog.submit(True)).props("no-caps")
    if await dialog:
        await _end(page, user)
    put_away(dialog)


async def _end(page: OfficePage, user: UserPublic) -> None:
    def end(work: Work) -> bool:
        accounts.end_sessions(work, user.id)
        return True

    if await page.attempt("end_user_sessions", end, user_id=user.id):
        page.done(page.say("accounts.ended"))


async def _end_mine(page: OfficePage) -> None:
    await page.attempt("end_my_sessions", signing_in.end_mine)
    ui.navigate.to(SIGN_IN)
