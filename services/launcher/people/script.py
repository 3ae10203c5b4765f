"""The script of a kiosk's sample people: who walks up, one after the other, and what they do. As JSON.

{"walkups": [{"photo": "sample:eileen_collins", "behaviour": "obey"}, {"photo": "face.jpg", "behaviour": "hold_still"}]}
"""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared.errors import Unavailable

Behaviour = Literal["obey", "hold_still", "swap_after_blink", "blink", "blink_then_swap"]
"""`obey`: does what the kiosk's prompts ask. `hold_still`: a photo held before the camera.
`swap_after_blink`: blinks when first asked for anything, then holds up the photo `swap_to`.
For recordings, which see no prompts: `blink` twice by itself, `blink_then_swap` after one.
"""
SWAPS: frozenset[Behaviour] = frozenset({"swap_after_blink", "blink_then_swap"})


class WalkUp(BaseModel):
    """One person, or one photo, in front of the camera."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    photo: str
    """`sample:NAME`, or a path relative to the script."""
    behaviour: Behaviour = "obey"
    swap_to: str | None = None
    blink_depth: float = Field(1.0, gt=0, le=1)
    """How far the lids fall: 1 shuts them."""
    pause_before_s: float = Field(1.5, ge=0)
    """How long the room is empty first."""
    stay_max_s: float = Field(30.0, gt=0)
    """Leaves after this time, whatever the kiosk says."""
    linger_s: float = Field(1.0, ge=0)
    """How long to read the verdict before leaving."""
    heed_outcome: bool = True
    """Whether to leave when a verdict is shown; otherwise stays for `stay_max_s`."""

    @model_validator(mode="after")
    def _swap_is_whole(self) -> Self:
        if (self.behaviour in SWAPS) != (self.swap_to is not None):
            raise ValueError(f"`swap_to` belongs to the behaviours {', '.join(sorted(SWAPS))}, and only to them")
        return self


class Script(BaseModel):
    """Everybody who walks up to one kiosk, in order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    walkups: tuple[WalkUp, ...] = Field(min_length=1)
    loop: bool = False
    """Begin again after the last."""
    end: Literal["empty", "last_frame"] = "empty"
    """After the last: the empty room goes on, or the source ends."""
    seed: int = 0
    """Draws the reaction times, the swaying and the noise."""


def read_script(path: Path) -> Script:
    """Read a script.

    Raises:
        Unavailable: no such file, or not a script, in one line.
    """
    try:
        return Script.model_validate_json(path.read_bytes())
    except OSError as error:
        raise Unavailable(f"script {path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise Unavailable(f"script {path}: {'.'.join(map(str, first['loc'])) or 'JSON'}: {first['msg']}") from error
