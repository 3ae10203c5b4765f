"""What an audit entry changed, as people read it. Pure."""

import json


def changes(
    before: dict[str, object] | None, after: dict[str, object] | None
) -> list[tuple[str, str | None, str | None]]:
    """Return each field that an entry speaks of, with what it was and what it became; None: it was not said."""
    old, new = before or {}, after or {}
    fields = [name for name in sorted({*old, *new}) if (old.get(name) is not None or new.get(name) is not None)]
    return [(name, _said(old, name), _said(new, name)) for name in fields]


def in_one_line(before: dict[str, object] | None, after: dict[str, object] | None) -> str:
    """Return what changed in one line; what stayed is left out.

    >>> in_one_line({"grace": 0, "closed": None}, {"grace": 15, "closed": None})
    'grace: 0 → 15'
    """
    said = []
    for name, old, new in changes(before, after):
        if old is not None and new is not None:
            said += [f"{name}: {old} → {new}"] if old != new else []
        else:
            said.append(f"{name}: {new}" if old is None else f"{name}: {old} →")
    return " · ".join(said)


def _said(facts: dict[str, object], name: str) -> str | None:
    value = facts.get(name)
    if value is None:
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
