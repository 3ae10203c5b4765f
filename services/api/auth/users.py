"""Accounts: made, changed, signed in. There is no default password."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from services.api.auth import passwords
from services.api.auth.roles import ROLES, Role
from services.api.db.tables import User
from services.api.problems import Problem, conflict, not_found, unfit

LAST_OWNER = "There must be one active super_admin: this is the last."


def create_user(
    session: Session,
    username: str,
    role: str,
    now: datetime,
    *,
    password: str | None = None,
    display_name: str = "",
) -> tuple[User, str | None]:
    """Make an account; without a password, return a one-time one that has to be changed.

    Raises:
        Problem: the name is taken or empty, the role unknown, the password weak.
    """
    username = _clean(username)
    if role not in ROLES:
        raise unfit("unknown_role", f"A role is one of {', '.join(ROLES)}.", "role")
    if find(session, username) is not None:
        raise conflict("name_taken", f"There is a user {username} already.", "username")
    one_time = None if password else passwords.one_time_password()
    secret = password or one_time or ""
    user = User(
        username=username,
        display_name=display_name or username,
        password_hash=secret if passwords.is_hash(secret) else passwords.hash_password(secret),
        role=role,
        must_change_password=one_time is not None,
        created_at=now,
    )
    session.add(user)
    session.flush()
    return user, one_time


def first_admin(session: Session, now: datetime, password_hash: str | None = None) -> str | None:
    """Make the first super_admin, `admin`, where there is no user yet; return the one-time password.

    With an argon2id hash (a setting), it is taken as it is and nothing is returned; so, too, when
    somebody is there already.

    Raises:
        Problem: what was given is no argon2id hash.
    """
    if session.exec(select(func.count()).select_from(User)).one():
        return None
    if password_hash and not passwords.is_hash(password_hash):
        raise unfit("not_a_hash", "The first admin's password is given as an argon2id hash.", "password_hash")
    _, one_time = create_user(session, "admin", "super_admin", now, password=password_hash)
    return one_time


def find(session: Session, username: str) -> User | None:
    """Return the account of this name, however it is capitalised."""
    return session.exec(select(User).where(User.username == username.strip().lower())).first()


def get(session: Session, user_id: int) -> User:
    """Return one account.

    Raises:
        Problem: there is none.
    """
    user = session.get(User, user_id)
    if user is None:
        raise not_found("user", user_id, "user_id")
    return user


def check_credentials(session: Session, username: str, password: str) -> User | None:
    """Return the user if name and password fit; it takes the same time whoever is asked for."""
    user = find(session, username)
    fits = passwords.password_fits(user.password_hash if user else None, password)
    return user if user is not None and fits and user.active else None


def change_user(
    session: Session,
    user_id: int,
    *,
    role: Role | None,
    active: bool | None,
    display_name: str | None,
    password: str | None,
) -> User:
    """Change an account.

    Raises:
        Problem: unknown, weak password, or the last super_admin would go.
    """
    user = get(session, user_id)
    loses_owner = user.role == "super_admin" and (active is False or role not in (None, "super_admin"))
    if loses_owner and _other_owners(session, user_id) == 0:
        raise conflict("last_super_admin", LAST_OWNER, "role")
    user.role = role or user.role
    user.active = user.active if active is None else active
    user.display_name = display_name or user.display_name
    if password:
        user.password_hash = passwords.hash_password(password)
        user.must_change_password = True
    user.version += 1
    session.add(user)
    return user


def reset_password(session: Session, user_id: int) -> tuple[User, str]:
    """Give an account a one-time password that has to be changed.

    Raises:
        Problem: unknown.
    """
    user, one_time = get(session, user_id), passwords.one_time_password()
    user.password_hash, user.must_change_password = passwords.hash_password(one_time), True
    user.version += 1
    session.add(user)
    return user, one_time


def change_own_password(session: Session, user_id: int, old: str, new: str) -> User:
    """Change one's own password.

    Raises:
        Problem: the old one is wrong, or the new one weak or the same.
    """
    user = get(session, user_id)
    if not passwords.password_fits(user.password_hash, old):
        raise Problem(403, "wrong_password", "The old password is wrong.", "old")
    if old == new:
        raise unfit("same_password", "Choose another password than the old one.", "new")
    user.password_hash = passwords.hash_password(new)
    user.must_change_password = False
    session.add(user)
    return user


def _other_owners(session: Session, user_id: int) -> int:
    return session.exec(
        select(func.count())
        .select_from(User)
        .where(User.role == "super_admin", col(User.active).is_(True), User.id != user_id)
    ).one()


def _clean(username: str) -> str:
    name = username.strip().lower()
    if not 1 <= len(name) <= 64 or any(char.isspace() or not char.isprintable() for char in name):
        raise unfit("bad_name", "A user name has 1 to 64 characters and no spaces.", "username")
    return name
