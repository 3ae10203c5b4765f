"""The master grid: a row per student and sitting."""

from services.api.pages.grids import Column, rows_grid
from services.api.pages.shell import OfficePage, office_page


@office_page("/attendance", "page_attendance", "attendance", menu=50, icon="table_chart")
async def attendance(page: OfficePage) -> None:
    """Show the grid."""
    rows_grid(
        page,
        "/api/v1/students",
        [
            Column("id", "Number", filter="search", link="/office/students/{id}", width=140),
            Column("name", "Name", grow=2),
            Column("enrolment", "Enrolment", choices={"none": "none yet"}),
        ],
        keyset=True,
        selectable=True,
    )
