"""The first account of a new installation, where no `nero up` makes it."""

from services.api.auth.users import first_admin
from services.api.db.engine import make_engine, writing
from services.api.db.migrate import migrate
from services.api.problems import Problem
from services.api.settings import ApiSettings
from shared.clock import SystemClock
from shared.errors import Unavailable


def make_first_admin(settings: ApiSettings) -> str:
    """Make `admin` with a one-time password, where there is no account yet; return what to tell the operator."""
    engine = make_engine(settings.database)
    try:
        migrate(engine)
        with writing(engine) as session:
            one_time = first_admin(session, SystemClock().now(), settings.admin_password_hash)
    except Problem as problem:
        raise Unavailable(f"NERO_ADMIN_PASSWORD_HASH: {problem.body.message}") from problem
    finally:
        engine.dispose()
    if one_time is not None:
        return f"Sign in as admin with the one-time password {one_time}"
    if settings.admin_password_hash is not None:
        return "Sign in as admin with the password of the hash that was given, unless there were accounts already."
    return "There are accounts already: nothing was changed."
