"""A student's name and address, and what can be done with the record: out of use, by number, handed over, deleted."""

from collections.abc import Callable

from nicegui import ui

from services.api.office import students
from services.api.office.held import counts
from services.api.office.students import StudentChange, StudentPublic
from services.api.office.work import Work
from services.api.pages.parts import put_away, sure
from services.api.pages.shell import OfficePage


def details(page: OfficePage, record: StudentPublic) -> None:
    """Draw name and address; somebody else's change meanwhile is shown, and overwrites nothing."""
    may = page.may("change_student")
    seen = {"version": record.version}
    with ui.element("div").classes("nero-bar"):
        name = ui.input(page.say("students.name"), value=record.name).props("dense").classes("grow")
        email = ui.input(page.say("students.email"), value=record.email or "").props("dense").classes("grow")
        for field in (name, email):
            field.set_enabled(may)
        if may:
            ui.button(page.say("common.save"), on_click=lambda: save()).props("no-caps")
    theirs = ui.element("div").classes("nero-bar").props('role="alert"')

    def change(work: Work) -> tuple[StudentPublic, bool]:
        there = students.show(work, record.id)
        if there.version != seen["version"]:
            return there, False
        return _change(work, record.id, {"name": name.value, "email": email.value or None}), True

    async def save() -> None:
        answer = await page.attempt("change_student", change)
        if answer is None:
            return
        there, saved = answer
        if saved:
            keep(there)
            page.done(page.say("common.saved"))
        else:
            show(there)

    def show(there: StudentPublic) -> None:
        theirs.clear()
        with theirs:
            ui.label(page.say("problem.changed_meanwhile"))
            ui.label(page.say("student.theirs", name=there.name, email=there.email or "–"))
            ui.button(page.say("student.theirs.take"), on_click=lambda: take(there)).props("flat no-caps")
            ui.button(page.say("student.theirs.keep"), on_click=lambda: keep(there)).props("flat no-caps")

    def take(there: StudentPublic) -> None:
        name.value, email.value = there.name, there.email or ""
        keep(there)

    def keep(there: StudentPublic) -> None:
        seen["version"] = there.version
        theirs.clear()


def _change(work: Work, student_id: str, wish: dict[str, object]) -> StudentPublic:
    return students.change(work, student_id, StudentChange.model_validate(wish))


async def acts(page: OfficePage, record: StudentPublic) -> None:
    """Draw what can be done with the whole record."""
    with ui.element("div").classes("nero-bar"):
        if page.may("change_student"):
            active = "student.deactivate" if record.active else "student.reactivate"
            by_number = "student.opt_in" if record.by_number else "student.opt_out"
            _button(page, active, lambda: _set(page, record, active, {"active": not record.active}))
            _button(page, by_number, lambda: _set(page, record, by_number, {"by_number": not record.by_number}))
        if page.may("export_student"):
            address = f"/api/v1/students/{record.id}/export?language={page.words.language}"
            ui.link(page.say("student.export"), address).props("download")
        if page.may("page_audit"):
            ui.link(page.say("student.audit"), f"/office/audit?subject=student:{record.id}")
        if page.may("delete_student"):
            _button(page, "student.delete", lambda: _delete(page, record)).props("color=negative")


def _button(page: OfficePage, code: str, act: Callable[[], object]) -> ui.button:
    return ui.button(page.say(code), on_click=act).props("outline no-caps")


async def _set(page: OfficePage, record: StudentPublic, code: str, wish: dict[str, object]) -> None:
    if not await sure(page, page.say(f"{code}.sure", name=record.name), page.say(f"{code}.goes"), page.say(code)):
        return
    changed = await page.attempt("change_student", lambda work: _change(work, record.id, wish))
    if changed is not None:
        ui.navigate.reload()


async def _delete(page: OfficePage, record: StudentPublic) -> None:
    held = await page.read(lambda work: counts.of_student(work, record.id), "get_held")
    with ui.dialog() as dialog, ui.card().classes("nero-card nero-ask").props('role="alertdialog"'):
        ui.label(page.say("student.delete.sure", name=record.name, number=record.id)).classes("nero-subtitle")
        ui.label(page.say("student.delete.goes", **held.model_dump()))
        ui.label(page.say("student.delete.stays", **held.model_dump()))
        typed = ui.input(page.say("student.delete.type", number=record.id)).props("autocapitalize=none autofocus")
        with ui.element("div").classes("nero-bar"):
            ui.button(page.say("common.cancel"), on_click=lambda: dialog.submit(False)).props("flat no-caps")
            go = ui.button(page.say("student.delete"), on_click=lambda: dialog.submit(True))
            go.props("color=negative no-caps").bind_enabled_from(typed, "value", lambda text: text == record.id)
    if await dialog and typed.value == record.id:
        await _gone(page, record)
    put_away(dialog)


async def _gone(page: OfficePage, record: StudentPublic) -> None:
    def delete(work: Work) -> bool:
        students.delete(work, record.id)
        return True

    if await page.attempt("delete_student", delete):
        ui.navigate.to("/office/students")
