r"""Encryption at rest: key-encryption keys, one data key per student and purpose, sealed envelopes.

Two rings: `template` (recognizer and enrolment hold it) and `media` (they and the API and liveness
hold it). A ring is a JSON file, mode 0600, apart from the data; each key has an id that stands
beside what it wrapped, so that a rotation can tell old from new.

AES-256-GCM throughout (NIST SP 800-38D), 96-bit random nonces. A sealed blob is
`nonce (12) | ciphertext | tag (16)`; a wrapped key is `key_id \0 sealed(data key)`.
"""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import Invalid, Unavailable

RingName = Literal["template", "media"]
_NONCE_BYTES = 12
_KEY_BYTES = 32


def new_data_key() -> bytes:
    """Return a fresh 256-bit key."""
    return AESGCM.generate_key(bit_length=256)


def seal(data_key: bytes, plain: bytes, about: str) -> bytes:
    """Encrypt `plain`; `about` says what it is (an id) and must be the same when it is opened."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(data_key).encrypt(nonce, plain, about.encode())


def open_sealed(data_key: bytes, sealed: bytes, about: str) -> bytes:
    """Undo `seal`.

    Raises:
        Invalid: another key, another `about`, or a changed byte.
    """
    try:
        return AESGCM(data_key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about.encode())
    except (InvalidTag, ValueError) as error:
        raise Invalid("sealed bytes do not open: another key, or they were changed") from error


@dataclass(frozen=True)
class KeyRing:
    """The key-encryption keys of one purpose: all can unwrap, the active one wraps."""

    name: RingName
    active_id: str
    keys: dict[str, bytes]

    def wrap(self, data_key: bytes, about: str) -> bytes:
        """Encrypt a data key under the active key."""
        return self.active_id.encode() + b"\0" + seal(self.keys[self.active_id], data_key, about)

    def unwrap(self, wrapped: bytes, about: str) -> bytes:
        """Undo `wrap`, under whichever key it was.

        Raises:
            Invalid: an unknown key id, or bytes that do not open.
        """
        key_id, _, sealed = wrapped.partition(b"\0")
        key = self.keys.get(key_id.decode(errors="replace"))
        if key is None:
            raise Invalid(f"the {self.name} ring has no key {key_id[:16]!r}")
        return open_sealed(key, sealed, about)

    def is_current(self, wrapped: bytes) -> bool:
        """Tell whether `wrapped` is under the active key (if not, a rotation has it to do)."""
        return wrapped.partition(b"\0")[0].decode(errors="replace") == self.active_id

    def seal_envelope(self, plain: bytes, about: str) -> bytes:
        """Encrypt `plain` under a data key of its own, and put that key, wrapped, in front."""
        data_key = new_data_key()
        wrapped = self.wrap(data_key, about)
        return len(wrapped).to_bytes(2, "big") + wrapped + seal(data_key, plain, about)

    def open_envelope(self, envelope: bytes, about: str) -> bytes:
        """Undo `seal_envelope`.

        Raises:
            Invalid: it does not open.
        """
        length = int.from_bytes(envelope[:2], "big")
        data_key = self.unwrap(envelope[2 : 2 + length], about)
        return open_sealed(data_key, envelope[2 + length :], about)

    def rotated(self) -> "KeyRing":
        """Return this ring with a new active key; the old ones still unwrap."""
        key_id = _new_key_id()
        return KeyRing(self.name, key_id, {**self.keys, key_id: new_data_key()})


def new_ring(name: RingName) -> KeyRing:
    """Make a ring with one fresh key."""
    key_id = _new_key_id()
    return KeyRing(name, key_id, {key_id: new_data_key()})


def load_ring(folder: Path, name: RingName) -> KeyRing:
    """Read a ring from `folder`.

    Raises:
        Unavailable: the file is missing, readable by others, or not a key ring.
    """
    path = _path(folder, name)
    try:
        mode = path.stat().st_mode & 0o077
        text = path.read_text()
    except OSError as error:
        raise Unavailable(f"no {name} keys at {path}: run `nero keys init`, or set NERO_KEYS_DIR") from error
    if mode and os.name == "posix":
        raise Unavailable(f"{path} can be read by others: chmod 600 {path}")
    try:
        document = json.loads(text)
        keys = {key_id: bytes.fromhex(key) for key_id, key in document["keys"].items()}
        ring = KeyRing(name, document["active"], keys)
        if ring.active_id not in keys or any(len(key) != _KEY_BYTES for key in keys.values()):
            raise ValueError("the active key is missing, or a key is not 32 bytes")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unavailable(f"{path} is not a key ring: {error}") from error
    return ring


def save_ring(folder: Path, ring: KeyRing) -> None:
    """Write a ring, mode 0600, whole or not at all."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = _path(folder, ring.name)
    document = {"active": ring.active_id, "keys": {key_id: key.hex() for key_id, key in ring.keys.items()}}
    fresh = path.with_suffix(f".{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(document, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def ensure_ring(folder: Path, name: RingName) -> KeyRing:
    """Read a ring, making it first where there is none (the embedded default, on first run)."""
    if not _path(folder, name).exists():
        save_ring(folder, new_ring(name))
    return load_ring(folder, name)


def template_about(student_id: str) -> str:
    """What a student's wrapped template key and sealed templates are bound to."""
    return f"template:{student_id}"


def images_about(event_id: str) -> str:
    """What the sealed images of a stream entry are bound to."""
    return f"images:{event_id}"


def _path(folder: Path, name: RingName) -> Path:
    return folder / f"keyring-{name}.json"


def _new_key_id() -> str:
    return f"k{secrets.token_hex(4)}"
