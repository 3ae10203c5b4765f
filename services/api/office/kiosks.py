"""Kiosks: cameras at doors, and the tokens that their screens show."""

import re
from typing import Annotated, Literal
from urllib.parse import parse_qs

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict
from redis import Redis
from redis.exceptions import RedisError
from sqlmodel import col, select

from services.api.auth import tokens
from services.api.auth.roles import OFFICE
from services.api.db.tables import Kiosk
from services.api.office import halls
from services.api.office.screens import Place, Screens, ScreenTrouble
from services.api.office.students import check_version
from services.api.office.work import Facts, Work
from services.api.problems import conflict, not_found, unfit
from shared.events import KioskId, Policy
from shared.kiosk_channel import CameraStatus, KioskChannel
from shared.schedule import PRACTICE, is_practice

Source = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
EXAMPLE: JsonDict = {
    "id": "A__door1",
    "hall": "A",
    "name": "Door 1",
    "source": "browser:",
    "capture_node": "local",
    "direction": "in",
}
_CREDENTIALS = re.compile(r"//.*@")
"""Up to the last @: a password may hold a slash."""
_ON_THIS_MACHINE = ("file:", "folder:", "browser:")
_SCHEMES = ("rtsp://", "rtsps://", "http://", "https://", "file:", "folder:", "browser:")


class KioskFields(BaseModel):
    """What a kiosk has besides its id."""

    model_config = ConfigDict(extra="forbid")

    hall: str = Field(description="The hall's id.")
    name: str = Field("", max_length=200)
    source: Source = Field(
        "browser:",
        description="`0` (a camera's index), rtsp:// or http:// address, `file:PATH`, `folder:PATH`, `browser:`.",
    )
    capture_node: str = Field("local", max_length=64, description="The machine that opens the camera.")
    direction: Literal["in", "out"] = "in"
    policy: Policy | None = Field(None, description="Overrides the sitting's liveness policy.")
    enabled: bool = True


class KioskCreate(KioskFields):
    """A new kiosk."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    id: KioskId


class KioskChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"enabled": False}]})

    hall: str | None = None
    name: str | None = Field(None, max_length=200)
    source: Source | None = None
    capture_node: str | None = Field(None, max_length=64)
    direction: Literal["in", "out"] | None = None
    policy: Policy | None = Field(None, description="null: the sitting's.")
    enabled: bool | None = None
    version: int | None = None


class KioskPublic(KioskFields):
    """One kiosk, with its camera's state."""

    model_config = ConfigDict(
        extra="ignore", json_schema_extra={"examples": [{**EXAMPLE, "version": 1, "has_token": True}]}
    )

    id: str
    version: int
    has_token: bool
    camera: CameraStatus | None = Field(None, description="What capture says of the camera; null: it says nothing.")
    trouble: list[ScreenTrouble] = Field(
        default_factory=list, description="`two_places`: the kiosk's token is used on two screens at once."
    )
    places: list[Place] = Field(default_factory=list, description="The screens that use the kiosk's token now.")


class KioskToken(BaseModel):
    """A new token: this is the only time that it is shown."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kiosk_id": "A__door1", "token": "nk_…", "page": "/kiosk/A__door1#token=nk_…"}]
        }
    )

    kiosk_id: str
    token: str
    page: str = Field(
        description="Open this path on the kiosk's screen; the token stands after #, which no server sees."
    )


def create(work: Work, new: KioskCreate) -> Kiosk:
    """Make a kiosk.

    Raises:
        Problem: there is one, no such hall, or a source of no known kind.
    """
    if is_practice(new.id):
        raise unfit("practice_name", f"Names that begin with {PRACTICE} are for practice kiosks.", "id")
    if work.session.get(Kiosk, new.id) is not None:
        raise conflict("kiosk_exists", f"There is a kiosk {new.id} already.", "id")
    halls.get(work, new.hall)
    check_source(new.source)
    kiosk = Kiosk(hall_id=new.hall, **new.model_dump(exclude={"hall"}))
    work.session.add(kiosk)
    work.note("kiosk.create", f"kiosk:{new.id}", after=_facts(kiosk))
    return kiosk


def get(work: Work, kiosk_id: str) -> Kiosk:
    """Return a kiosk.

    Raises:
        Problem: there is none.
    """
    kiosk = work.session.get(Kiosk, kiosk_id)
    if kiosk is None:
        raise not_found("kiosk", kiosk_id, "kiosk_id")
    return kiosk


def seen(work: Work, kiosk_id: str) -> Kiosk:
    """Return a kiosk that the caller may see: at a hall that is theirs.

    Raises:
        Problem: there is none, or it is not theirs.
    """
    kiosk, theirs = get(work, kiosk_id), work.assigned_halls()
    if theirs is not None and kiosk.hall_id not in theirs:
        raise not_found("kiosk", kiosk_id, "kiosk_id")
    return kiosk


def every(work: Work, hall: str | None) -> list[Kiosk]:
    """Return the kiosks that the caller may see, by id, all or one hall's."""
    query, theirs = select(Kiosk).order_by(col(Kiosk.id)), work.assigned_halls()
    if theirs is not None:
        query = query.where(col(Kiosk.hall_id).in_(theirs))
    return list(work.session.exec(query.where(Kiosk.hall_id == hall) if hall else query))


def change(work: Work, kiosk_id: str, wish: KioskChange) -> Kiosk:
    """Change a kiosk.

    Raises:
        Problem: unknown, changed meanwhile, no such hall, or a source of no known kind.
    """
    kiosk = get(work, kiosk_id)
    check_version(kiosk.version, wish.version, f"kiosk {kiosk_id}")
    before, source = _facts(kiosk), kiosk.source
    changes = wish.model_dump(exclude_unset=True, exclude={"version"})
    if wish.hall is not None:
        kiosk.hall_id = halls.get(work, wish.hall).id
    if wish.source is not None:
        check_source(wish.source)
    for name, value in changes.items():
        if name != "hall" and (value is not None or name == "policy"):
            setattr(kiosk, name, value)
    kiosk.version += 1
    work.session.add(kiosk)
    after = _facts(kiosk)
    if source != kiosk.source and before["source"] == after["source"]:
        after["source_not_shown"] = "changed"
    work.note("kiosk.change", f"kiosk:{kiosk_id}", before=before, after=after)
    return kiosk


def delete(work: Work, kiosk_id: str) -> None:
    """Delete a kiosk; what happened at it keeps its id."""
    kiosk = get(work, kiosk_id)
    work.session.delete(kiosk)
    work.note("kiosk.delete", f"kiosk:{kiosk_id}", before=_facts(kiosk))


def issue_token(work: Work, kiosk_id: str) -> KioskToken:
    """Give a kiosk a new token; the old one ends."""
    kiosk = get(work, kiosk_id)
    token = tokens.new_token(tokens.KIOSK)
    kiosk.token_hash = tokens.token_hash(token)
    work.session.add(kiosk)
    work.note("kiosk.issue_token", f"kiosk:{kiosk_id}")
    return KioskToken(kiosk_id=kiosk_id, token=token, page=f"/kiosk/{kiosk_id}#token={token}")


def revoke_token(work: Work, kiosk_id: str) -> None:
    """End a kiosk's token."""
    kiosk = get(work, kiosk_id)
    kiosk.token_hash = None
    work.session.add(kiosk)
    work.note("kiosk.revoke_token", f"kiosk:{kiosk_id}")


def check_source(source: str) -> None:
    """Refuse a source of no known shape, and footage that is said to be real: recorded people are simulated ones.

    Raises:
        Problem: 422.
    """
    own_scheme, _, rest = source.partition(":")
    if own_scheme.lower() in ("file", "folder") and "real" in parse_qs(rest.partition("?")[2], keep_blank_values=True):
        raise unfit("real_footage", "Only capture's own command line can say that footage is real.", "source")
    if source.isdigit() or source.startswith(_SCHEMES) or (":" in source and own_scheme.isidentifier()):
        return
    raise unfit("bad_source", f"A source is a camera's index, or begins with one of {', '.join(_SCHEMES)}.", "source")


def _facts(kiosk: Kiosk) -> Facts:
    facts: Facts = {name: getattr(kiosk, name) for name in ("name", "capture_node", "direction", "policy", "enabled")}
    return {"hall": kiosk.hall_id, "source": source_said(kiosk.source), **facts}


def source_said(source: str) -> str:
    """Return what the audit log says of a source: of a camera on the network its kind and host alone.

    A camera's password may stand before the host, in the path or in the query: what is written there stays for good.

    >>> source_said("rtsp://user:pass/word@10.0.0.9:554/user=admin&password=x")
    'rtsp://10.0.0.9:554/…'
    """
    if source.isdigit() or source.startswith(_ON_THIS_MACHINE):
        return source.partition("?")[0]
    scheme, slashes, rest = source.partition("://")
    if not slashes:
        return f"{source.partition(':')[0]}:…"
    host = re.split(r"[/?#]", rest.rpartition("@")[2])[0]
    return f"{scheme}://{host}/…"


def public(work: Work, kiosk: Kiosk, frames: "Redis | None" = None) -> KioskPublic:
    """Shape one kiosk, with how it is where the frames Redis is given.

    A camera's own password, and where screens are, is shown to the office alone.
    """
    shown = KioskPublic(
        **kiosk.model_dump(exclude={"hall_id"}), hall=kiosk.hall_id, has_token=kiosk.token_hash is not None
    )
    if frames is not None:
        screens = Screens(frames)
        shown.camera = camera_of(KioskChannel(frames, kiosk.id))
        shown.trouble = screens.trouble(kiosk.id)
        shown.places = screens.places(kiosk.id, work.now)
    if work.by.role not in OFFICE.roles:
        shown.source = _CREDENTIALS.sub("//…@", kiosk.source)
        shown.places = []
    return shown


def camera_of(channel: KioskChannel) -> CameraStatus | None:
    """Return what capture says of a camera; nothing while the frames Redis is away."""
    try:
        return channel.camera_status()
    except RedisError:
        return None
