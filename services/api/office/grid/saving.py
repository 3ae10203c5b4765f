"""One save of the grid: every edited, added and removed row, all or nothing, with each bad cell named."""

from services.api.office.grid.against import check_doubles, check_tables
from services.api.office.grid.draft import read_draft
from services.api.office.grid.names import new_names
from services.api.office.grid.places import Place, place_of
from services.api.office.grid.shapes import GridSave, GridSaved
from services.api.office.grid.writing import write
from services.api.office.grid.wrong import Wrong
from services.api.office.work import Work


def save(work: Work, sent: GridSave) -> GridSaved:
    """Apply everything that was edited, or nothing.

    Raises:
        Problem: 422 with every bad cell; 409 where somebody else changed a cell meanwhile, with what it holds now.
    """
    wrong = Wrong()
    draft = read_draft(work, sent, wrong)
    names = new_names(draft, wrong)
    lines = [line for line in draft.lines if line.moves and not wrong.row_is_bad(line.key)]
    places = [place for line in lines if (place := place_of(line, draft.book, wrong)) is not None]
    check_doubles(work, places, draft.gone, wrong)
    check_tables(work, places, draft.gone, wrong)
    wrong.refuse()
    return write(work, draft, names, [place for place in places if _changes(place)])


def _changes(place: Place) -> bool:
    return place.other_seat or place.line.entry is None or place.line.entry.note != place.note
