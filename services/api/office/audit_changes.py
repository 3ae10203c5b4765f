"""What an audit entry changed, as people read it. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence

MOST_IN_A_LINE = 12
"""Changes that stand in one line; how many more there are stands after them."""
MOST_CHARACTERS = 160
"""Of one value in one line."""
Given = Mapping[str, object] | None


def changes(before: Given, after: Given) -> list[tuple[str, str | None, str | None]]:
    """Return each field that an entry speaks of, with what it was and what it became; None: it was not said."""
    old, new = before or {}, after or {}
    return [(name, _said(old.get(name)), _said(new.get(name))) for name in _fields(old, new)]


def in_one_line(before: Given, after: Given) -> str:
    """Return what changed in one line; what stayed is left out.

    >>> in_one_line({"grace": 0, "closed": None}, {"grace": 15, "closed": None})
    'grace: 0 → 15'
    >>> in_one_line({"S1": {"hall": "A", "table": "3"}, "S2": None}, {"S1": {"hall": "A", "table": "4"}, "S2": {"hall": "B"}})
    'S1: table 3 → 4 · S2: hall B'
    """
    old, new = before or {}, after or {}
    return _shortly(
        [line for name in _fields(old, new) if (line := _change(name, old.get(name), new.get(name)))], " · "
    )


def _fields(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    return [name for name in sorted({*old, *new}) if old.get(name) is not None or new.get(name) is not None]


def _change(name: str, old: object, new: object) -> str:
    if old is None:
        return f"{name}: {_said(new, short=True)}"
    if new is None:
        return f"{name}: {_said(old, short=True)} →"
    if old == new:
        return ""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return f"{name}: {_shortly(list(_within(old, new)), ', ')}"
    return f"{name}: {_or_none(old)} → {_or_none(new)}"


def _within(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    for name in _fields(old, new):
        if old.get(name) != new.get(name):
            yield f"{name} {_or_none(old.get(name))} → {_or_none(new.get(name))}"


def _or_none(value: object) -> str:
    return "–" if value in (None, "") else str(_said(value, short=True))


def _said(value: object, *, short: bool = False) -> str | None:
    """Say one value: parts by name; `short`: only the first of many."""
    if value is None:
        return None
    if isinstance(value, str):
        return f"{value[:MOST_CHARACTERS]}…" if short and len(value) > MOST_CHARACTERS else value
    if isinstance(value, Mapping):
        parts = [f"{name} {_said(part, short=short)}" for name, part in value.items() if part not in (None, "")]
        return _shortly(parts, ", ") if short else ", ".join(parts)
    if short and isinstance(value, list) and len(value) > MOST_IN_A_LINE:
        return f"{json.dumps(value[:MOST_IN_A_LINE], ensure_ascii=False)} +{len(value) - MOST_IN_A_LINE}"
    return json.dumps(value, ensure_ascii=False)


def _shortly(parts: Sequence[str], between: str) -> str:
    more = len(parts) - MOST_IN_A_LINE
    return between.join([*parts[:MOST_IN_A_LINE], *([f"+{more}"] if more > 0 else [])])
