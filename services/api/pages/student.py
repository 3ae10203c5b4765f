"""One student: who they are, how they are recognised, where they are expected, what happened."""

from nicegui import ui

from services.api.office import students
from services.api.office.students import StudentPublic
from services.api.pages.enrolling import enrolling
from services.api.pages.shell import OfficePage, office_page
from services.api.pages.student_allowances import allowances_section
from services.api.pages.student_consents import consents_section
from services.api.pages.student_details import acts, details
from services.api.pages.student_history import attempts_section, sittings_section
from services.api.pages.students import enrolment_words


@office_page("/students/{student_id}", "page_student", "student", below="page_students")
async def build(page: OfficePage, student_id: str) -> None:
    """Show one student."""
    record = await page.read(lambda work: students.show(work, student_id), "get_student")
    ui.page_title(f"{record.name} · Nero")

    @ui.refreshable
    async def state() -> None:
        now = await page.read(lambda work: students.show(work, student_id), "get_student")
        _state(page, now)

    @ui.refreshable
    async def bases() -> None:
        await consents_section(page, student_id)

    def enrolled() -> None:
        state.refresh()
        bases.refresh()

    ui.link(page.say("student.back"), "/office/students")
    with ui.element("section").classes("nero-card"):
        await state()
        await acts(page, record)
    with _section(page, "student.details"):
        details(page, record)
    with _section(page, "student.photos"):
        await enrolling(page, record, enrolled)
    with _section(page, "student.consents"):
        await bases()
    with _section(page, "student.allowances"):
        await allowances_section(page, student_id)
    with _section(page, "student.sittings"):
        await sittings_section(page, student_id)
    with _section(page, "student.attempts"):
        await attempts_section(page, student_id)


def _section(page: OfficePage, title: str) -> ui.element:
    with ui.element("section").classes("nero-card nero-section") as section:
        ui.html(page.say(title), tag="h2", sanitize=True).classes("nero-subtitle")
    return section


def _state(page: OfficePage, student: StudentPublic) -> None:
    with ui.element("div").classes("nero-bar"):
        ui.label(student.name).classes("nero-whole-name")
        ui.label(student.id).classes("nero-soft")
    with ui.element("div").classes("nero-bar"):
        tone = {"enrolled": "good", "pending": "warn", "refused": "bad", "none": "warn"}[student.enrolment]
        if student.by_number:
            ui.label(f"◇ {page.say('student.by_number')}").classes("nero-state")
        else:
            ui.label(enrolment_words(page)[student.enrolment]).classes(f"nero-state {tone}")
        if not student.active:
            ui.label(f"× {page.say('student.inactive')}").classes("nero-state bad")
