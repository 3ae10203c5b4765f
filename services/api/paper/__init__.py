"""Every PDF of the office: A4, names in any script, the same bytes (and SHA-256) for the same content.

    from services.api.paper import TICK, Column, Paper

    paper = Paper(words, title="Final roster", about="MATH-201 · Hall A · Mon 23 Nov 2026, 09:00–11:00",
                  printed_at=work.now, zone="Asia/Kuala_Lumpur")     # head and foot of each page; wide=True: landscape
    paper.heading("Overrides")                                      # a section
    paper.text("Sealed by Grace Hopper", size=10, bold=False, grey=False)
    paper.facts([("Expected", "240"), ("SHA-256 of the CSV", "9f86…")])
    paper.table([Column("Number"), Column("Name", share=3, bold=True), Column("Seat", align="right"), Column("In")],
                [("S0001", "Ada Lovelace", "C-14", TICK)], size=10, row_height=24, shaded=[0])
    paper.sign_here("Invigilator", "Date and time")
    paper.space(12); paper.page_break(); paper.add(any_reportlab_flowable)
    data = paper.pdf()

- A table begins anew below its header on each page, and a row is never torn; cells wrap, no name is ever cut.
- A string is never markup: nothing in a name can do anything. `TICK` as a cell draws a box to tick, `TICKED` a ticked one.
- `words`: whose language the foot speaks (`services.api.words`). Texts that are passed in are said by the caller.
- What goes into the bytes is what is passed in, `printed_at` too: a report that must hash the same again passes the
  time that it is about.
- Inside a drawing of one's own: `services.api.paper.lettering` (`draw`, `draw_lines`, `wrap`, `width_of`,
  `fitting_size`) sets text of any script on reportlab's canvas.
- Latin, Greek, Cyrillic, Arabic, Devanagari, Tamil and Thai are embedded and shaped; Chinese, Japanese and Korean use
  fonts of the machine that shows or prints the PDF. A letter that no font has is a box, and the document says so at
  its end.
"""

from services.api.paper.document import Paper
from services.api.paper.parts import TICK, TICKED, Column

__all__ = ["TICK", "TICKED", "Column", "Paper"]
