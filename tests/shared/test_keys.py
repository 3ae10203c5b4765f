"""Keys: what is sealed opens only with its key and for its purpose; a rotation loses nothing."""

from pathlib import Path

import pytest

from shared.errors import Invalid, Unavailable
from shared.keys import ensure_ring, load_ring, new_data_key, new_ring, open_sealed, save_ring, seal

ADA, GRACE = "template:ada", "template:grace"


def test_what_is_sealed_for_ada_does_not_open_for_grace() -> None:
    key = new_data_key()
    sealed = seal(key, b"ada's template", ADA)
    assert open_sealed(key, sealed, ADA) == b"ada's template"
    with pytest.raises(Invalid):
        open_sealed(key, sealed, GRACE)


def test_every_changed_byte_is_noticed() -> None:
    key = new_data_key()
    sealed = seal(key, b"x" * 8, ADA)
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(Invalid):
            open_sealed(key, changed, ADA)


def test_the_same_bytes_are_sealed_differently_each_time() -> None:
    key = new_data_key()
    assert seal(key, b"same", ADA) != seal(key, b"same", ADA)


@pytest.mark.parametrize("cut", [0, 1, 5, 20])
def test_an_envelope_cut_short_does_not_open(cut: int) -> None:
    ring = new_ring("media")
    with pytest.raises(Invalid):
        ring.open_envelope(ring.seal_envelope(b"crop", "images:1")[:cut], "images:1")


def test_another_ring_does_not_open_the_envelope() -> None:
    envelope = new_ring("media").seal_envelope(b"crop", "images:1")
    with pytest.raises(Invalid, match="has no key"):
        new_ring("media").open_envelope(envelope, "images:1")


def test_after_a_rotation_the_old_opens_and_the_new_is_under_the_new_key() -> None:
    old = new_ring("template")
    wrapped = old.wrap(data_key := new_data_key(), ADA)
    ring = old.rotated()
    assert ring.unwrap(wrapped, ADA) == data_key
    assert not ring.is_current(wrapped)
    assert ring.is_current(ring.wrap(data_key, ADA))


def test_a_ring_file_is_private_and_comes_back(tmp_path: Path) -> None:
    ring = ensure_ring(tmp_path / "keys", "media")
    path = tmp_path / "keys" / "keyring-media.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_ring(tmp_path / "keys", "media") == ring == ensure_ring(tmp_path / "keys", "media")


def test_a_ring_that_others_can_read_is_refused(tmp_path: Path) -> None:
    save_ring(tmp_path, new_ring("media"))
    (tmp_path / "keyring-media.json").chmod(0o644)
    with pytest.raises(Unavailable, match="chmod 600"):
        load_ring(tmp_path, "media")


def test_a_missing_ring_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="nero keys init"):
        load_ring(tmp_path, "template")


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"active": "k1", "keys": {}}', '{"active": "k1", "keys": {"k1": "ff"}}']
)
def test_a_file_that_is_no_ring_is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keyring-media.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(Unavailable, match="is not a key ring"):
        load_ring(tmp_path, "media")
