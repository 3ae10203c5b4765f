"""Frames are perishable: the newest wins, what is skipped is counted, footage in order loses none."""

from datetime import UTC, datetime

import pytest
from redis import Redis

from shared import names
from shared.events import FrameCaptured, event_id
from shared.streams import FrameReader, FrameReaders, FrameRing

HALL_A = "A__door"
HALL_B = "B__door"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def frame(sequence: int, kiosk_id: str = HALL_A, in_order: bool = False) -> FrameCaptured:
    return FrameCaptured(
        event_id=event_id("frame", kiosk_id, sequence),
        kiosk_id=kiosk_id,
        captured_at=NOW,
        trace_id="t",
        sequence=sequence,
        width=640,
        height=480,
        sent_at=NOW,
        in_order=in_order,
    )


def test_a_reader_that_keeps_up_gets_every_frame_once(redis: Redis) -> None:
    ring, reader = FrameRing(redis, HALL_A), FrameReader(redis, HALL_A)
    for sequence in range(3):
        ring.publish(frame(sequence), b"jpeg%d" % sequence)
        found = reader.newest()
        assert found is not None
        assert (found.frame.sequence, found.jpeg, found.skipped) == (sequence, b"jpeg%d" % sequence, 0)
    assert reader.newest() is None


def test_a_reader_that_is_behind_gets_the_newest_and_learns_how_many_it_skipped(redis: Redis) -> None:
    ring, reader = FrameRing(redis, HALL_A), FrameReader(redis, HALL_A)
    ring.publish(frame(0), b"first")
    reader.newest()
    for sequence in range(1, 6):
        ring.publish(frame(sequence), b"jpeg")
    found = reader.newest()
    assert found is not None
    assert (found.frame.sequence, found.skipped) == (5, 4)


def test_frames_that_were_trimmed_before_they_were_read_count_as_skipped(redis: Redis) -> None:
    ring, reader = FrameRing(redis, HALL_A, max_bytes=1000), FrameReader(redis, HALL_A)
    ring.publish(frame(0), b"first")
    reader.newest()
    for sequence in range(1, 11):
        ring.publish(frame(sequence), bytes(400))
    assert redis.xlen(names.frames(HALL_A)) == 2
    found = reader.newest()
    assert found is not None
    assert (found.frame.sequence, found.skipped) == (10, 9)


def test_what_was_published_before_the_reader_came_is_not_skipped(redis: Redis) -> None:
    ring = FrameRing(redis, HALL_A)
    for sequence in range(5):
        ring.publish(frame(sequence), b"jpeg")
    found = FrameReader(redis, HALL_A).newest()
    assert found is not None
    assert (found.frame.sequence, found.skipped) == (4, 0)


def test_a_frame_larger_than_the_ring_stands_alone_in_it(redis: Redis) -> None:
    ring = FrameRing(redis, HALL_A, max_bytes=100)
    for sequence in range(3):
        ring.publish(frame(sequence), bytes(500))
    assert redis.xlen(names.frames(HALL_A)) == 1


def test_a_ring_that_nobody_writes_to_any_more_goes(redis: Redis) -> None:
    FrameRing(redis, HALL_A, max_age_s=2).publish(frame(0), b"jpeg")
    assert 0 < int(redis.pttl(names.frames(HALL_A))) <= 2000


def test_a_camera_that_begins_anew_is_followed(redis: Redis) -> None:
    reader = FrameReader(redis, HALL_A)
    first = FrameRing(redis, HALL_A)
    for sequence in range(9):
        first.publish(frame(sequence), b"before")
        reader.newest()
    FrameRing(redis, HALL_A).publish(frame(0), b"anew")
    found = reader.newest()
    assert found is not None
    assert (found.jpeg, found.skipped) == (b"anew", 0)


def test_footage_in_order_is_handed_out_whole_and_its_writer_waits(redis: Redis) -> None:
    ring, reader = FrameRing(redis, HALL_A), FrameReader(redis, HALL_A)
    for sequence in range(4):
        ring.publish(frame(sequence, in_order=True), b"%d" % sequence)
    assert not ring.is_done(0)
    read = []
    while (found := reader.newest()) is not None:
        read.append((found.frame.sequence, found.jpeg, found.skipped))
        reader.done(found.frame.sequence)
    assert read == [(0, b"0", 0), (1, b"1", 0), (2, b"2", 0), (3, b"3", 0)]
    assert ring.is_done(3)


def test_footage_in_order_is_not_trimmed_before_it_was_handled(redis: Redis) -> None:
    ring = FrameRing(redis, HALL_A, max_age_s=0, max_bytes=1)
    for sequence in range(5):
        ring.publish(frame(sequence, in_order=True), b"jpeg")
    assert redis.xlen(names.frames(HALL_A)) == 5
    FrameReader(redis, HALL_A).done(3)
    assert ring.is_done(3)
    ring.publish(frame(5, in_order=True), b"jpeg")
    assert redis.xlen(names.frames(HALL_A)) == 2


def test_another_reader_goes_on_where_footage_was_left(redis: Redis) -> None:
    ring, first = FrameRing(redis, HALL_A), FrameReader(redis, HALL_A)
    for sequence in range(4):
        ring.publish(frame(sequence, in_order=True), b"jpeg")
    first.newest()
    first.done(0)
    second = FrameReader(redis, HALL_A).newest()
    assert second is not None
    assert second.frame.sequence == 1


def test_footage_played_again_does_not_count_as_done(redis: Redis) -> None:
    first = FrameRing(redis, HALL_A)
    first.publish(frame(0, in_order=True), b"jpeg")
    FrameReader(redis, HALL_A).done(700)
    again = FrameRing(redis, HALL_A)
    again.publish(frame(0, in_order=True), b"jpeg")
    assert not again.is_done(0)


def test_many_kiosks_are_read_at_once(redis: Redis) -> None:
    readers = FrameReaders(redis)
    readers.follow(HALL_A)
    readers.follow(HALL_B)
    ring_a, ring_b = FrameRing(redis, HALL_A), FrameRing(redis, HALL_B)
    for sequence in range(3):
        ring_a.publish(frame(sequence), b"a")
        ring_b.publish(frame(sequence, HALL_B, in_order=True), b"b")
    read = [(found.frame.kiosk_id, found.frame.sequence) for found in readers.read()]
    assert read == [(HALL_A, 2), (HALL_B, 0), (HALL_B, 1), (HALL_B, 2)]
    readers.drop(HALL_B)
    assert readers.kiosks == (HALL_A,)


def test_waiting_ends_when_nothing_comes(redis: Redis) -> None:
    readers = FrameReaders(redis)
    assert readers.read(block_ms=10) == []
    readers.follow(HALL_A)
    assert readers.read(block_ms=10) == []


@pytest.mark.parametrize("fields", [{"event": b"not json", "images": b""}, {"nothing": b"1"}])
def test_an_entry_that_is_no_frame_is_passed_over(redis: Redis, fields: dict[str, bytes]) -> None:
    reader = FrameReader(redis, HALL_A)
    redis.xadd(names.frames(HALL_A), fields)  # type: ignore[arg-type]
    assert reader.newest() is None
