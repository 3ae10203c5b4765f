"""What a page does, it does as its user: who that is and what they may is looked at again for each act."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

from services.api.auth import callers, sessions
from services.api.auth.caller import Caller
from services.api.auth.roles import RULES, Rule
from services.api.db import engine as db
from services.api.office.work import Work
from services.api.problems import Problem
from services.api.web.deps import Deps
from services.api.web.guard import check_role

T = TypeVar("T")


@dataclass(frozen=True)
class Acting:
    """A signed-in user's hand, for one page."""

    deps: Deps
    token: str
    """The session's token, from the cookie that the page was asked for with."""
    address: str

    def caller(self, operation: str, path: Mapping[str, object] | None = None) -> Caller:
        """Return who acts, if they may do this now.

        Raises:
            Problem: 401 where the session has ended, 403 where the permission table says no.
        """
        rule = RULES[operation]
        now = self.deps.clock.now()
        # The socket that an act comes by is this page's own: the token stands for the cookie and its CSRF value.
        shown = callers.Credentials(bearer=self.token, cookie=None, csrf="", method="POST", address=self.address)
        with db.reading(self.deps.engine) as session:
            caller = callers.identify(session, shown, now, self.deps.settings.api.session_idle_hours)
            if caller is None:
                raise Problem(401, "sign_in_first", "Sign in first.")
            _check(session, rule, caller, path or {})
            stale = callers.is_stale(session, caller, now)
        if stale and caller.session_hash:
            with db.writing(self.deps.engine) as session:
                sessions.seen(session, caller.session_hash, now)
        return caller

    async def read(self, operation: str, look: Callable[[Work], T], **path: object) -> T:
        """Read as the user, in a thread.

        Raises:
            Problem: refused.
        """

        def run() -> T:
            with self.deps.reading(self.caller(operation, path)) as work:
                return look(work)

        return await run_in_threadpool(run)

    async def do(self, operation: str, act: Callable[[Work], T], **path: object) -> T:
        """Change something as the user, in a thread and one transaction.

        Raises:
            Problem: refused; nothing was changed.
        """

        def run() -> T:
            with self.deps.writing(self.caller(operation, path)) as work:
                return act(work)

        return await run_in_threadpool(run)


def _check(session: object, rule: Rule, caller: Caller, path: Mapping[str, object]) -> None:
    check_role(rule, caller, dict(path))
    callers.check_scope(session, rule, caller, path)  # type: ignore[arg-type]
