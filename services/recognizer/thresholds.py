"""How sure is sure enough: from a false-positive budget, the number searched, and the measured FMR.

False positives grow with the number searched: FPIR = 1 − (1 − FMR)^N. So a search of N people under
a budget B may use a threshold whose FMR is at most 1 − (1 − B)^(1/N). What the measurement can't
resolve gets the network's ceiling, above every impostor seen.
"""

import math
from dataclasses import dataclass
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict

from services.recognizer.model_ids import name_of
from shared import logs

_log = logs.get("thresholds")


class FmrRow(BaseModel):
    """False match rate at one score; `upper` is the upper end of its interval."""

    model_config = ConfigDict(frozen=True)
    score: float
    fmr: float
    upper: float


class FmrTable(BaseModel):
    """What was measured for one network: shipped as JSON beside this module."""

    model_config = ConfigDict(frozen=True)
    model_id: str
    data: str
    interval: str
    made_on: str
    people: int
    impostor_pairs: int
    smallest_fmr: float
    """Below this there are too few false matches to tell."""
    ceiling: float
    margin: float
    rows: tuple[FmrRow, ...]

    @property
    def least_fmr(self) -> float:
        """The smallest rate that the ceiling is known to keep: nothing seen in n pairs is at most 3/n at 95%.

        The rule of three (Hanley and Lippman-Hand, 1983).
        """
        return 3 / self.impostor_pairs

    def score_at(self, fmr: float) -> float:
        """Return the lowest score whose interval lies at or below `fmr`; the ceiling where that is not resolved."""
        if fmr < self.smallest_fmr:
            return self.ceiling
        return min((row.score for row in self.rows if row.upper <= fmr), default=self.ceiling)


_DEEPFACE_COSINE_DISTANCE = {
    "Facenet512": 0.30,
    "VGG-Face": 0.68,
    "ArcFace": 0.68,
    "SFace": 0.593,
    "OpenFace": 0.10,
    "DeepFace": 0.23,
    "DeepID": 0.015,
    "GhostFaceNet": 0.65,
    "Dlib": 0.07,
}
"""DeepFace's own constants, for comparing two faces."""
_FACENET_CEILING = 1 - 0.40


@dataclass(frozen=True)
class Thresholds:
    """One network's thresholds; without a table everything is at its ceiling."""

    ceiling: float
    margin: float
    table: FmrTable | None

    def at_fmr(self, fmr: float) -> float:
        """Return the score for a comparison of one with one."""
        return self.table.score_at(fmr) if self.table else self.ceiling

    def for_search(self, budget: float, scope_size: int) -> float:
        """Return the score for a search of `scope_size` people under a false-positive budget."""
        return self.at_fmr(fmr_allowed(budget, scope_size))

    def resolve(self, budget: float, scope_size: int) -> bool:
        """Tell whether a search of `scope_size` keeps the budget at any score: if not, a person must look.

        A network without a table is held to its ceiling, which nothing here can vouch for; that was warned of.
        """
        return self.table is None or fmr_allowed(budget, scope_size) >= self.table.least_fmr


def fmr_allowed(budget: float, scope_size: int) -> float:
    """Return the FMR at which searching `scope_size` people stays within `budget`.

    >>> round(fmr_allowed(0.01, 1), 6)
    0.01
    """
    return -math.expm1(math.log1p(-budget) / max(scope_size, 1))


def thresholds_of(model_id: str) -> Thresholds:
    """Return a network's thresholds; warns where it has no table."""
    table = shipped_tables().get(model_id)
    if table is not None:
        return Thresholds(table.ceiling, table.margin, table)
    ceiling = ceiling_of(name_of(model_id))
    _log.warning(
        "no FMR table for this network: everything is compared at its ceiling", model_id=model_id, ceiling=ceiling
    )
    return Thresholds(ceiling, margin=(1 - ceiling) / 4, table=None)


def ceiling_of(network: str) -> float:
    """Return the conservative score of a network that was not measured.

    FaceNet's is the constant that its prototype used. The others get half of DeepFace's distance:
    that is meant for comparing two, and a search needs more.
    """
    if network == "Facenet":
        return _FACENET_CEILING
    return 1 - _DEEPFACE_COSINE_DISTANCE.get(network, 0.2) / 2


@cache
def shipped_tables() -> dict[str, FmrTable]:
    """Read the tables that come with this package, by model id."""
    folder = resources.files("services.recognizer") / "tables"
    tables = (FmrTable.model_validate_json(f.read_text()) for f in folder.iterdir() if f.name.endswith(".json"))
    return {table.model_id: table for table in tables}
