"""Makes what one host needs and the repository may not hold: passwords, Redis users, key rings.

    python3 deploy/make_secrets.py [FOLDER]      (default: var/deploy; made with mode 0700, never overwritten)

Only Python's own library is used: it runs on the host, before any image is built.
"""

import hashlib
import json
import re
import secrets
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEFAULT = HERE.parent / "var" / "deploy"
USERS = ("ADMIN", "CAPTURE", "LIVENESS", "RECOGNIZER", "ENROLMENT", "INGEST", "WEB", "OFFICE")
RINGS = ("template", "media")
_OWNER = 10001
"""The user that the images run as."""


def make(folder: Path) -> None:
    """Write everything into `folder`, which must not be there yet."""
    folder.mkdir(mode=0o700, parents=True)
    passwords = {user: secrets.token_urlsafe(24) for user in USERS}
    for name in ("events.acl", "frames.acl"):
        _write(folder / name, filled((HERE / "redis" / name).read_text(), passwords), 0o644)
    lines = [f"{user}_PASSWORD={password}" for user, password in passwords.items()]
    lines += [f"POSTGRES_PASSWORD={secrets.token_urlsafe(24)}", f"GRAFANA_PASSWORD={secrets.token_urlsafe(18)}"]
    _write(folder / "nero.env", "\n".join(lines) + "\n", 0o600)
    for ring in RINGS:
        path = folder / f"{ring}-ring" / f"keyring-{ring}.json"
        path.parent.mkdir()
        _write(path, _new_ring(), 0o600)
    both = folder / "both-rings"
    both.mkdir()
    for ring in RINGS:
        _write(both / f"keyring-{ring}.json", (folder / f"{ring}-ring" / f"keyring-{ring}.json").read_text(), 0o600)


def filled(template: str, passwords: dict[str, str]) -> str:
    """Put the SHA-256 of each password for its `@NAME@`."""
    return re.sub(r"@([A-Z]+)@", lambda match: hashlib.sha256(passwords[match[1]].encode()).hexdigest(), template)


def _new_ring() -> str:
    key_id = f"k{secrets.token_hex(4)}"
    return json.dumps({"active": key_id, "keys": {key_id: secrets.token_hex(32)}}, indent=1)


def _write(path: Path, text: str, mode: int) -> None:
    path.touch(mode=mode)
    path.chmod(mode)
    path.write_text(text)


def main(folder: Path) -> int:
    """Make the secrets, or say why not; return the exit code."""
    if folder.exists():
        print(f"{folder} is there already: nothing was changed", file=sys.stderr)
        return 1
    make(folder)
    print(f"Made {folder}. Keep a copy of the key rings apart from the data: nothing opens without them.")
    print(f"The images run as user {_OWNER}: chown -R {_OWNER} {folder}/media-ring {folder}/both-rings")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT))
