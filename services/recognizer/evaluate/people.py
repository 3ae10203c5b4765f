"""Who is who in the data, and which half they are in. Decided by names, never by scores."""

import hashlib
import re
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from services.recognizer.evaluate.embed import Embedded

Half = Literal["tuning", "test"]

EXCHANGED = frozenset({"Flor_Montulo 2", "Nora_Bendijo 2"})
"""Photos that bear each other's name in LFW: by both networks, and to the eye, each is the other's photo 1.

Nothing is left out for it: figures are as labelled, and a match that rests on these is named as such.
"""


def canonical(name: str) -> str:
    """Return a name by its words in order, so that a person listed twice is one.

    LFW has some under both orders of family and given name.

    >>> canonical("Choi_Sung-hong") == canonical("Sung_Hong_Choi")
    True
    """
    return "_".join(sorted(re.split(r"[_\-]", name.lower())))


def half_of(name: str) -> Half:
    """Return the half a person is in, from a hash of the name: tables are made on one, figures on the other."""
    return "tuning" if hashlib.sha256(canonical(name).encode()).digest()[0] % 2 == 0 else "test"


def only(embedded: Embedded, half: Half) -> Embedded:
    """Keep the people of one half."""
    return embedded.of(frozenset(name for name in embedded.people.tolist() if half_of(name) == half))


def person_numbers(embedded: Embedded) -> NDArray[np.int64]:
    """Return a number for each photo, the same for photos of one person."""
    _, numbers = np.unique([canonical(name) for name in embedded.people.tolist()], return_inverse=True)
    return np.asarray(numbers, np.int64)
