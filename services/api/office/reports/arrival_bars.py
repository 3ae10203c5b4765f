"""Arrivals per minute as bars on paper."""

from reportlab.lib.colors import Color, black
from reportlab.platypus import Flowable

from services.api.office.reports.bars import Bars
from services.api.paper.lettering import draw
from services.api.words import Words

HEIGHT, LABELS = 90.0, 26.0
_PUNCTUAL, _LATE = Color(0.14, 0.35, 0.78), Color(0.85, 0.55, 0.1)


class ArrivalBars(Flowable):  # type: ignore[misc]
    """A bar for each minute: who was punctual below, who was late on top."""

    def __init__(self, bars: Bars, words: Words) -> None:
        super().__init__()
        self._bars, self._words = bars, words

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Take the whole width."""
        self.width, self.height = width, HEIGHT + LABELS
        return self.width, self.height

    def draw(self) -> None:
        """Draw bars, the first and last minute, the most in one minute, and what the colours mean."""
        canvas, shown, most = self.canv, self._bars, self._bars.most
        step = self.width / len(shown.labels)
        for number, (punctual, late) in enumerate(zip(shown.punctual, shown.late, strict=True)):
            low, high = HEIGHT * punctual / most, HEIGHT * late / most
            for colour, bottom, tall in ((_PUNCTUAL, 0.0, low), (_LATE, low, high)):
                canvas.setFillColor(colour)
                canvas.rect(number * step, LABELS + bottom, max(step - 0.6, 0.4), tall, stroke=0, fill=1)
        canvas.setFillColor(black)
        canvas.line(0, LABELS, self.width, LABELS)
        draw(canvas, 0, LABELS - 10, shown.labels[0], 8)
        draw(canvas, self.width, LABELS - 10, shown.labels[-1], 8, align="right")
        draw(
            canvas,
            self.width / 2,
            LABELS - 10,
            self._words.say("report.most_per_minute", count=most),
            8,
            align="centre",
        )
        self._key()

    def _key(self) -> None:
        left = 0.0
        for colour, code in ((_PUNCTUAL, "status.present"), (_LATE, "status.late")):
            self.canv.setFillColor(colour)
            self.canv.rect(left, 2, 8, 8, stroke=0, fill=1)
            self.canv.setFillColor(black)
            draw(self.canv, left + 12, 3, self._words.say(code), 8)
            left += 90
