"""What the evaluation prints: one figure a line, each with what it was measured on."""

from collections.abc import Iterable, Iterator

from services.recognizer.evaluate.bands import SLOT, Band
from services.recognizer.evaluate.embed import Embedded
from services.recognizer.evaluate.open_set import open_set
from services.recognizer.evaluate.people import EXCHANGED, only, person_numbers
from services.recognizer.evaluate.scores import DRAWS
from services.recognizer.evaluate.verification import ListedPairs, accuracy, true_accept_rates
from services.recognizer.evaluate.whose_face import WhoseFace
from services.recognizer.thresholds import Thresholds

_SIZES = (30, 300, 423)
_OPEN_END = 1e6


def verification_lines(network: str, embedded: Embedded, listed: ListedPairs) -> Iterator[str]:
    """Tell of one against one."""
    people = int(person_numbers(embedded).max()) + 1
    missing = int((~embedded.acquired).sum())
    yield f"network   {network}  ({embedded.model_id})"
    yield f"data      {len(embedded.people)} photos of {people} people; no face found in {missing}"
    found = accuracy(listed)
    yield (
        f"accuracy  {found.mean:.2%} ± {found.spread:.2%}   ten folds over {found.same} genuine and "
        f"{found.different} impostor pairs as listed, both classes weighing the same"
    )
    rates, impostor = true_accept_rates(embedded, listed)
    for rate in rates:
        low, high = rate.interval
        yield (
            f"TAR       {rate.listed:.2%} of the listed pairs, {rate.by_person:.2%} [{low:.2%}, {high:.2%}] by person, "
            f"at FAR {rate.far:g} (cosine {rate.score:.4f})"
        )
    yield (
        f"          FAR over all {impostor.total:,} impostor cross-pairs; by person: all genuine cross-pairs, each "
        f"person weighing the same; 95% interval of {DRAWS} bootstrap draws of people"
    )


def identification_lines(embedded: Embedded, thresholds: Thresholds, budget: float) -> Iterator[str]:
    """Tell of one against many, on the people that the thresholds were not made from."""
    test = only(embedded, "test")
    people = int(person_numbers(test).max()) + 1
    yield f"open set  the product's rule, budget {budget:g}, table of the tuning half, measured on the other {people} people"
    for size in _SIZES:
        found = open_set(test, thresholds, budget, size)
        if found is None:
            yield f"          {size}: too few people with two photos"
            continue
        yield (
            f"          gallery {found.size}: cosine ≥ {found.threshold:.3f}, FNIR {found.missed:.2%} of {found.genuine}, "
            f"FPIR {found.accepted:.3%} of {found.impostors}, as somebody else {found.as_another}"
        )


def whose_face_lines(found: WhoseFace) -> Iterator[str]:
    """Tell of the slot of two halls."""
    yield f"slot      {found.people} people in two halls, {found.probes} probes of hall B at hall A"
    yield (
        f"alone     {found.passing_alone} would pass hall A's threshold alone (cosine ≥ {found.hall_threshold:.3f}) as "
        f"somebody of hall A"
    )
    yield f"slot      of these the whole slot's search (cosine ≥ {found.slot_threshold:.3f}) finds: {found.findings or 'none'}"
    yield f"          matched as somebody else: {len(found.as_another)}"
    for told in found.as_another:
        exchanged = any(told.startswith(photo) for photo in EXCHANGED)
        yield f"          {told}{' (the data has these two labels exchanged)' if exchanged else ''}"
    yield f"flagged   {found.flagged} people as look-alikes, {found.flagged / found.people:.2%} of the slot"


def band_lines(bands: Iterable[Band], photos: int, threshold: float) -> Iterator[str]:
    """Tell which enrolment photos miss their own person."""
    yield f"data      {photos} photos of the tuning half; slot of {SLOT}: cosine ≥ {threshold:.3f}"
    yield "missed    share of the person's other photos below that, nothing else being wrong with the photo"
    yield "false     share of other people's photos at or above that; * are photos made worse on purpose"
    for band in bands:
        low, high = band.interval
        edges = f"{band.low:g}–{band.high:g}" if band.high < _OPEN_END else f"{band.low:g} and more"
        yield (
            f"{band.measure + '*' * band.made_worse:13} {edges:13} {band.photos:5} photos of {band.people:4} people   "
            f"missed {band.missed:6.1%} [{low:.1%}, {high:.1%}]   false {band.false_matches:.3%}"
        )
