"""Writes docs/settings.md from the settings' own descriptions, or checks that it is what they say.

python -m services.launcher.settings_reference --write | --check
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from services.api.settings import ApiSettings
from services.capture.settings import CaptureSettings
from services.launcher.settings import LauncherSettings
from services.liveness.settings import LivenessSettings
from services.recognizer.settings import RecognizerSettings
from shared.settings import CommonSettings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
_HEAD = """# Settings

Made from the code by `make docs`; do not edit.

Each is read from the environment, over `.env`, over `nero.toml`, over its default. In `nero.toml` a
section is a table: `NERO_CAPTURE__FPS_ACTIVE=10` is `fps_active = 10` under `[capture]`. A wrong name or
value stops the process at its start with one line that says which.
"""
_SERVICES: tuple[tuple[str, type[CommonSettings]], ...] = (
    ("Capture", CaptureSettings),
    ("Liveness", LivenessSettings),
    ("Recognizer and enrolment", RecognizerSettings),
    ("API: web and ingest", ApiSettings),
    ("Launcher (`nero`)", LauncherSettings),
)


def page() -> str:
    """Return the whole page."""
    parts = [_HEAD, _table("Every process", _fields(CommonSettings, "NERO_"))]
    for title, settings in _SERVICES:
        own = {name: field for name, field in settings.model_fields.items() if name not in CommonSettings.model_fields}
        parts.append(_table(title, [row for name, field in own.items() for row in _rows("NERO_", name, field)]))
    return "\n".join(parts)


def _fields(model: type[BaseModel], prefix: str) -> list[tuple[str, str, str]]:
    return [row for name, field in model.model_fields.items() for row in _rows(prefix, name, field)]


def _rows(prefix: str, name: str, field: FieldInfo) -> Iterator[tuple[str, str, str]]:
    section = field.annotation
    if isinstance(section, type) and issubclass(section, BaseModel):
        yield from _fields(section, f"{prefix}{name.upper()}__")
        return
    yield f"{prefix}{name.upper()}", _default(field), _meaning(field)


def _meaning(field: FieldInfo) -> str:
    choices = [str(choice) for choice in _choices(field.annotation)]
    return (field.description or "") + (
        f" One of: {', '.join(f'`{choice}`' for choice in choices)}." if choices else ""
    )


def _choices(annotation: Any) -> tuple[Any, ...]:
    """Return a Literal's values; nothing for any other type."""
    return get_args(annotation) if getattr(annotation, "__origin__", None) is not None and _literal(annotation) else ()


def _literal(annotation: Any) -> bool:
    return all(isinstance(choice, str) for choice in get_args(annotation)) and bool(get_args(annotation))


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is None or value in ("", (), {}):
        return ""
    return f"`{value}`"


def _table(title: str, rows: list[tuple[str, str, str]]) -> str:
    lines = [f"## {title}", "", "| setting | default | what it is |", "|---|---|---|"]
    lines += [f"| `{name}` | {default} | {_cell(meaning)} |" for name, default, meaning in rows]
    return "\n".join([*lines, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main(argument: str) -> int:
    """Write or check; return the exit code."""
    if argument == "--write":
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if argument == "--check":
        if PAGE.exists() and PAGE.read_text("utf-8") == page():
            return 0
        print(f"{PAGE.name} is not what the settings say: run `make docs`", file=sys.stderr)
        return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) == 2 else ""))
