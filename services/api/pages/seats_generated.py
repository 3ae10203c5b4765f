"""Seats given out by rule: chosen, looked at with what could not be met, applied or dropped."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from services.api.office import seats_proposed
from services.api.office.seat_shapes import PlaceSet, Proposal, SeatsSummary, SeatsWish
from services.api.office.work import Work
from services.api.pages.shell import OfficePage

HOWS = ("id", "random", "spaced")
MOST_SAID = 30
Show = Callable[[Proposal | None], None]
Apply = Callable[[Sequence[PlaceSet], Proposal], Awaitable[SeatsSummary | None]]


class Generator:
    """What is chosen, and the proposal that is looked at."""

    def __init__(self, page: OfficePage, sitting_id: int, hall_id: str, show: Show, apply: Apply) -> None:
        self._page = page
        self._place = (sitting_id, hall_id)
        self._show, self._apply = show, apply
        say = page.say
        with ui.element("section").classes("nero-card nero-generate").props(f'aria-label="{say("seats.generate")}"'):
            with ui.element("div").classes("nero-bar"):
                hows = {how: say(f"seats.how.{how}") for how in HOWS}
                self._how = ui.select(hows, value="id", label=say("seats.generate")).classes("nero-role")
                self._seed = ui.number(say("seats.seed"), min=0, max=2**31 - 1, precision=0)
                self._seed.bind_visibility_from(self._how, "value", backward=lambda how: how == "random")
                self._together = ui.checkbox(say("seats.together"), value=True)
                self._together.bind_visibility_from(self._how, "value", backward=lambda how: how == "spaced")
                self._keep = ui.checkbox(say("seats.keep"))
                ui.button(say("seats.preview"), icon="visibility", on_click=self._preview).props("no-caps")
            self._result = ui.element("div").classes("nero-proposal")

    async def _preview(self) -> None:
        chosen = {
            "how": self._how.value,
            "seed": int(self._seed.value) if self._seed.value is not None else None,
            "keep_seated": bool(self._keep.value),
            "together": bool(self._together.value),
        }

        def propose(work: Work) -> Proposal:
            return seats_proposed.propose(work, *self._place, SeatsWish.model_validate(chosen))

        proposal = await self._page.attempt("propose_seats", propose)
        if proposal is not None:
            self._show(proposal)
            self._say(proposal)

    def _say(self, proposal: Proposal) -> None:
        say = self._page.say
        self._result.clear()
        with self._result:
            ui.label(say("seats.proposed", count=len(proposal.places), unchanged=proposal.unchanged)).props(
                'role="status"'
            )
            if proposal.seed is not None:
                ui.label(say("seats.seed_is", seed=proposal.seed))
            self._problems(proposal)
            with ui.element("div").classes("nero-bar"):
                ui.button(say("seats.drop"), on_click=self._drop).props("flat no-caps")
                if proposal.places:
                    ui.button(say("seats.apply"), icon="check", on_click=lambda: self._take(proposal)).props("no-caps")

    def _problems(self, proposal: Proposal) -> None:
        say = self._page.say
        met = not (proposal.unseated or proposal.not_met or proposal.neighbour_pairs)
        if met:
            ui.label(f"● {say('seats.all_met')}").classes("nero-state good")
        _several(say("seats.unseated_are", count=len(proposal.unseated)), proposal.unseated)
        _several(
            say("seats.not_met", count=len(proposal.not_met)),
            [f"{one.name} · {one.seat_need} ({say(f'seats.why.{one.why}')})" for one in proposal.not_met],
        )
        pairs = [f"{first} – {second}" for first, second in proposal.neighbours]
        _several(say("seats.neighbours", count=proposal.neighbour_pairs), pairs, proposal.neighbour_pairs)

    async def _take(self, proposal: Proposal) -> None:
        places = [
            PlaceSet(
                student_id=one.student_id, sitting_id=one.sitting_id, row=one.row, col=one.col, version=one.version
            )
            for one in proposal.places
        ]
        done = await self._apply(places, proposal)
        if done is not None:
            self._page.done(self._page.say("seats.applied", count=done.changed))
        self._result.clear()  # last: the button that was pressed stands in it, and what is said is said from there

    def _drop(self) -> None:
        self._show(None)
        self._result.clear()


def _several(title: str, items: Sequence[str], count: int | None = None) -> None:
    """Show what could not be met: how many, and the first of them to open."""
    if not items:
        return
    more = (count or len(items)) - len(items[:MOST_SAID])
    with ui.element("details").classes("nero-unmet"):
        with ui.element("summary"):
            ui.label(f"▲ {title}").classes("nero-state warn")
        with ui.element("ul"):
            for item in items[:MOST_SAID]:
                with ui.element("li"):
                    ui.label(item)
            if more > 0:
                with ui.element("li"):
                    ui.label(f"… +{more}")
