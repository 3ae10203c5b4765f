"""Who makes a request."""

from dataclasses import dataclass

from services.api.auth.roles import Role

MACHINE = "machine"
"""How the audit log calls Nero itself."""


@dataclass(frozen=True)
class Caller:
    """A signed-in user, a kiosk, another program with a service token, a student's link; empty: nobody that is known."""

    user_id: int | None = None
    role: Role | None = None
    session_hash: str | None = None
    must_change_password: bool = False
    kiosk_id: str | None = None
    token_id: int | None = None
    scopes: frozenset[str] = frozenset()
    """What a service token may touch, on top of its role."""
    link_id: int | None = None
    """A student's own link, which is for one purpose."""
    link_purpose: str = ""
    address: str = ""

    @property
    def actor(self) -> str:
        """How the audit log calls this caller: by id, never by name; Nero itself, where nobody is known."""
        if self.token_id is not None:
            return f"token:{self.token_id}"
        if self.link_id is not None:
            return f"link:{self.link_id}"
        if self.user_id is not None:
            return f"user:{self.user_id}"
        return f"kiosk:{self.kiosk_id}" if self.kiosk_id is not None else MACHINE

    @property
    def sees_only_assigned(self) -> bool:
        """Whether lists are cut to the sittings that this caller is assigned to."""
        return self.role == "invigilator"
