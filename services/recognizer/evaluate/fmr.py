"""Makes the table that a network's thresholds come from, on the tuning half of the people."""

import numpy as np

from services.recognizer.evaluate.embed import Embedded
from services.recognizer.evaluate.people import person_numbers
from services.recognizer.evaluate.scores import DRAWS, cross_pairs, false_match_curve, false_match_draws
from services.recognizer.thresholds import FmrRow, FmrTable

_STEPS = 200
_HIGHEST_FMR = 0.02
_RESOLVED_PAIRS = 10
"""False matches that a rate must rest on."""
_CLEAR_OF_IMPOSTORS = 0.05
"""How far above the most alike strangers the ceiling lies, as a share of the way to 1."""


def fmr_table(tuning: Embedded, data: str, made_on: str) -> FmrTable:
    """Return the table of a network from its embeddings of the tuning half."""
    floor = _floor(tuning)
    _, impostor = cross_pairs(tuning, floor)
    highest = float(impostor.scores[0])
    scores = np.round(np.linspace(floor, highest + (1 - highest) / _STEPS, _STEPS), 4)
    fmr = false_match_curve(impostor, scores)
    upper = np.percentile(false_match_draws(impostor, scores), 97.5, axis=0)
    return FmrTable(
        model_id=tuning.model_id,
        data=data,
        interval=f"upper end of 95%, {DRAWS} bootstrap draws of people",
        made_on=made_on,
        people=int(person_numbers(tuning).max()) + 1,
        impostor_pairs=impostor.total,
        smallest_fmr=_RESOLVED_PAIRS / impostor.total,
        ceiling=round(highest + _CLEAR_OF_IMPOSTORS * (1 - highest), 3),
        margin=margin_of(tuning),
        rows=tuple(
            FmrRow(score=float(s), fmr=float(f"{f:.3g}"), upper=float(f"{max(u, f):.3g}"))
            for s, f, u in zip(scores, fmr, upper, strict=True)
        ),
    )


def margin_of(tuning: Embedded) -> float:
    """Return how far the best must be ahead of the second best.

    The width of the step from one stranger in ten thousand to one in a hundred thousand: the runner-up
    must be at least ten times less likely to be as alike by chance.
    """
    _, impostor = cross_pairs(tuning, _floor(tuning))
    at = [float(impostor.scores[int(fmr * impostor.total)]) for fmr in (1e-4, 1e-5)]
    return round(at[1] - at[0], 3)


def _floor(tuning: Embedded) -> float:
    """Return about the score that `_HIGHEST_FMR` of the impostor pairs reach, from a sample of the photos."""
    rng = np.random.default_rng(0)
    chosen = rng.permutation(np.flatnonzero(tuning.acquired))[:800]
    people = person_numbers(tuning)[chosen]
    scores = tuning.vectors[chosen] @ tuning.vectors[chosen].T
    return float(np.quantile(scores[people[:, None] != people[None, :]], 1 - _HIGHEST_FMR))
