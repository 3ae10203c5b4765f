"""Students: found, counted by how far their enrolment is, made."""

from collections.abc import Mapping

from nicegui import ui

from services.api.office import halls, sittings, students
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.students import StudentCounts, StudentCreate, StudentPublic
from services.api.office.work import Work
from services.api.pages.grids import Column, RowsGrid, rows_grid
from services.api.pages.parts import clock, day, once_at_a_time, request_query
from services.api.pages.shell import OfficePage, office_page

IN_USE = {"active": "true", "by_number": "false"}
VIEWS: dict[str, Mapping[str, str]] = {
    "students": {},
    "missing": {**IN_USE, "enrolment": "missing"},
    "none": {**IN_USE, "enrolment": "none"},
    "pending": {**IN_USE, "enrolment": "pending"},
    "refused": {**IN_USE, "enrolment": "refused"},
    "enrolled": {**IN_USE, "enrolment": "enrolled"},
    "by_number": {"active": "true", "by_number": "true"},
    "inactive": {"active": "false"},
}
"""What the list can be narrowed to; each but `missing` has a number above it."""
_FILTERS = ("active", "by_number", "enrolment")


@office_page("/students", "page_students", "students", menu=10, icon="group")
async def build(page: OfficePage) -> None:
    """Show the numbers, what can be done, and the list."""
    view = request_query(page.request, "view") or "students"
    search = request_query(page.request, "search") or ""
    sitting = request_query(page.request, "sitting") or ""
    counts = await page.read(students.count, "count_students")
    _numbers(page, counts, view)
    _acts(page)
    with ui.element("div").classes("nero-bar"):
        words = (
            ui.input(page.say("students.search"), value=search).props("dense clearable debounce=300").classes("grow")
        )
        views = {name: page.say(f"students.view.{name}") for name in VIEWS}
        shown = ui.select(views, value=view if view in VIEWS else "students", label=page.say("students.show"))
        shown.props("dense").classes("nero-role")
    narrowed = {"search": search, "sitting_id": sitting if sitting.isdigit() else ""}
    if narrowed["sitting_id"]:
        await _of_sitting(page, int(sitting))
    grid = _list(page, {**VIEWS.get(view, {}), **{name: value for name, value in narrowed.items() if value}})
    words.on_value_change(lambda event: grid.narrow(search=event.value or ""))
    shown.on_value_change(lambda event: _show(grid, event.value))


async def _of_sitting(page: OfficePage, sitting_id: int) -> None:
    """Say that only one sitting's students are shown, and how to see all."""

    def look(work: Work) -> tuple[SittingPublic, str]:
        sitting = sittings.shape(work, [sittings.get(work, sitting_id)])[0]
        return sitting, halls.first_zone(work, sitting.halls)

    sitting, zone = await page.read(look, "get_sitting")
    with ui.element("div").classes("nero-bar"):
        at = f"{day(page, sitting.starts_at, zone)}, {clock(sitting.starts_at, zone)}"
        ui.label(page.say("students.of_sitting", exam=sitting.exam_code, at=at))
        ui.link(page.say("students.view.students"), "/office/students")


def _numbers(page: OfficePage, counts: StudentCounts, view: str) -> None:
    with ui.element("nav").classes("nero-numbers").props(f'aria-label="{page.say("students.show")}"'):
        for name in StudentCounts.model_fields:
            with ui.link(target=f"/office/students?view={name}").classes("nero-card nero-count") as link:
                ui.label(f"{getattr(counts, name):,}").classes("nero-number")
                ui.label(page.say(f"students.view.{name}"))
            if name == view:
                link.props('aria-current="true"')


def _acts(page: OfficePage) -> None:
    with ui.element("div").classes("nero-bar"):
        if page.may("create_student"):
            ui.button(page.say("students.new"), icon="person_add", on_click=lambda: _new(page)).props("no-caps")
        if page.may("page_enrolment_import"):
            ui.link(page.say("students.import"), "/office/students/import")
        ui.link(page.say("look_alikes"), "/office/look-alikes")


def _list(page: OfficePage, query: Mapping[str, str]) -> RowsGrid:
    yes_no = {"true": page.say("common.yes"), "false": page.say("common.no")}
    columns = [
        Column("id", page.say("students.number"), link="/office/students/{id}", width=170, pinned=True),
        Column("name", page.say("students.name"), link="/office/students/{id}", grow=2),
        Column("email", page.say("students.email"), grow=1),
        Column("enrolment", page.say("students.enrolment"), choices=enrolment_words(page), width=190),
        Column("by_number", page.say("students.by_number"), choices=yes_no, width=150),
        Column("active", page.say("students.active"), choices=yes_no, width=110),
    ]
    empty = page.say("students.empty")
    return rows_grid(page, "/api/v1/students", columns, keyset=True, empty=empty, query=query)


def _show(grid: RowsGrid, view: str) -> None:
    wanted: Mapping[str, str] = VIEWS[view]
    grid.narrow(**{name: wanted.get(name, "") for name in _FILTERS})
    ui.navigate.history.replace(f"/office/students?view={view}")


def enrolment_words(page: OfficePage) -> dict[str, str]:
    """Return how each state of enrolment is said, by shape and word."""
    shapes = {"none": "○", "pending": "◌", "enrolled": "●", "refused": "▲"}
    return {state: f"{shape} {page.say(f'enrolment.{state}')}" for state, shape in shapes.items()}


async def _new(page: OfficePage) -> None:
    with ui.dialog() as dialog, ui.card().classes("nero-card nero-ask"):
        ui.label(page.say("students.new")).classes("nero-subtitle")
        number = ui.input(page.say("students.number")).props("autofocus")
        name = ui.input(page.say("students.name"))
        email = ui.input(page.say("students.email"))
        by_number = ui.checkbox(page.say("students.by_number.make"))

        def create(work: Work) -> StudentPublic:
            wish = {"id": number.value, "name": name.value, "email": email.value or None, "by_number": by_number.value}
            return students.create(work, StudentCreate.model_validate(wish))

        async def make() -> bool:
            made = await page.attempt("create_student", create)
            if made is not None:
                ui.navigate.to(f"/office/students/{made.id}")
            return made is not None

        with ui.element("div").classes("nero-bar"):
            ui.button(page.say("common.cancel"), on_click=dialog.close).props("flat no-caps")
            once_at_a_time(make, ui.button(page.say("students.create")).props("no-caps"))
    dialog.open()
