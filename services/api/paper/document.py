"""One document: A4, a head and a foot on each page, the same bytes for the same content."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from reportlab.lib.colors import black
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, CondPageBreak, Flowable, Frame, PageBreak, PageTemplate, Spacer

from services.api.paper import fonts
from services.api.paper.lettering import draw, fitting_size, width_of
from services.api.paper.parts import GREY, Column, Facts, SignHere, Table, Text
from services.api.words import Words

MARGIN = 40.0
HEAD, FOOT = 46.0, 24.0


class Paper:
    """A document that is written from top to bottom."""

    def __init__(
        self,
        words: Words,
        *,
        title: str,
        about: str,
        printed_at: datetime,
        zone: str = "UTC",
        wide: bool = False,
        keywords: str = "",
    ) -> None:
        fonts.noto()
        self._words, self._title, self._about, self._keywords = words, title, about, keywords
        self._printed = words.say("paper.printed", at=_moment(printed_at, zone, words))
        self._size = landscape(A4) if wide else A4
        self._story: list[Flowable] = []
        self._boxes = False

    @property
    def width(self) -> float:
        """How wide the text is, in points."""
        return float(self._size[0]) - 2 * MARGIN

    @property
    def height(self) -> float:
        """How high the text on one page is, in points."""
        return float(self._size[1]) - 2 * MARGIN - HEAD - FOOT

    def heading(self, text: str) -> None:
        """Begin a section; it never stands alone at the foot of a page."""
        self._story += [CondPageBreak(90), Spacer(0, 6), Text(text, 13, bold=True)]

    def text(self, text: str, size: float = 10, *, bold: bool = False, grey: bool = False) -> None:
        """Add a paragraph."""
        self._note_boxes(text)
        self._story.append(Text(text, size, bold=bold, grey=grey))

    def facts(self, pairs: Sequence[tuple[str, str]], size: float = 10) -> None:
        """Add pairs of a word and what it is."""
        for _, value in pairs:
            self._note_boxes(value)
        self._story.append(Facts(pairs, size))

    def table(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]],
        size: float = 10,
        *,
        row_height: float = 0,
        shaded: Sequence[int] = (),
    ) -> None:
        """Add a table; its header is there again on each page. `shaded`: numbers of rows that stand out."""
        for row in rows:
            for cell in row:
                self._note_boxes(cell)
        self._story += [Table(columns, rows, size, row_height=row_height, shaded=shaded), Spacer(0, 8)]

    def sign_here(self, *labels: str) -> None:
        """Add lines to sign on, side by side."""
        self._story += [CondPageBreak(60), SignHere(labels)]

    def space(self, height: float) -> None:
        """Leave some room, in points."""
        self._story.append(Spacer(0, height))

    def page_break(self) -> None:
        """Go on on a new page."""
        self._story.append(PageBreak())

    def add(self, drawn: Flowable) -> None:
        """Add something of one's own."""
        self._story.append(drawn)

    def pdf(self) -> bytes:
        """Return the document: the same bytes for the same content."""
        if self._boxes:
            self.text(self._words.say("paper.boxes"), 8, grey=True)
        out = BytesIO()
        document = BaseDocTemplate(
            out,
            pagesize=self._size,
            title=self._title,
            subject=self._about,
            keywords=self._keywords,
            author="Nero",
            creator="Nero",
            lang=self._words.language,
            invariant=1,
            pageCompression=1,
        )
        frame = Frame(
            MARGIN,
            MARGIN + FOOT,
            self.width,
            self.height,
            leftPadding=0,
            rightPadding=0,
            topPadding=0,
            bottomPadding=0,
        )
        document.addPageTemplates(PageTemplate(frames=[frame]))
        story = self._story or [Spacer(0, 1)]
        document.build(list(story), canvasmaker=self._canvas)
        return out.getvalue()

    def _canvas(self, *args: Any, **options: Any) -> "_Counted":
        return _Counted(self._head_and_foot, *args, **options)

    def _head_and_foot(self, canvas: Any, page: int, pages: int) -> None:
        width, height = self._size
        left, right, top = MARGIN, width - MARGIN, height - MARGIN
        canvas.setFillColor(black)
        draw(canvas, left, top - 14, self._title, fitting_size(self._title, 16, self.width, 8), bold=True)
        canvas.setFillColor(GREY)
        draw(canvas, left, top - 32, self._about, fitting_size(self._about, 10.5, self.width, 6))
        canvas.setLineWidth(0.7)
        canvas.setStrokeColor(GREY)
        canvas.line(left, top - 38, right, top - 38)
        canvas.line(left, MARGIN + 14, right, MARGIN + 14)
        draw(canvas, left, MARGIN, self._printed, 8.5)
        draw(canvas, right, MARGIN, self._words.say("paper.page", page=page, pages=pages), 8.5, align="right")
        canvas.setStrokeColor(black)
        canvas.setFillColor(black)

    def _note_boxes(self, text: str) -> None:
        self._boxes = self._boxes or (not text.isascii() and fonts.missing(text))


class _Counted(Canvas):  # type: ignore[misc]
    """A canvas that knows on each page how many there are."""

    def __init__(self, head_and_foot: Any, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head_and_foot = head_and_foot
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """Keep the page until all are there."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write every page's head and foot, and the document."""
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self._head_and_foot(self, number, len(self._pages))
            Canvas.showPage(self)
        super().save()


def _moment(at: datetime, zone: str, words: Words) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{words.day(local)}, {local:%H:%M} ({zone})"


__all__ = ["Paper", "width_of"]
