"""The round trip over FDA's samples and over the whole element table of every profile."""

import os
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pv.adapters.schemas import SchemaResult
from pv.domain.e2b import read, write
from pv.domain.e2b.elements import Profile
from pv.domain.e2b.message import Batch
from pv.domain.e2b.roundtrip import canonical, roundtrip, roundtrip_file
from tests.examples import at_most
from tests.pv.domain.e2b.messages import batches, message_in, stored

EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "200"))
WHOLE = settings(
    max_examples=max(1, EXAMPLES // len(Profile)),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_samples_come_back_whole(e2b_samples, e2b_schemas) -> None:
    assert len(e2b_samples) >= 5
    for sample in e2b_samples:
        data = sample.read_bytes()
        result = roundtrip_file(data)
        assert result.unplaced == (), sample.name
        assert result.differences == (), sample.name
        assert result.equal, sample.name
        assert result.stable, sample.name
        assert e2b_schemas.check(result.written).outcome is SchemaResult.VALID, sample.name


def test_samples_survive_storage_and_streaming(e2b_samples) -> None:
    for sample in e2b_samples:
        data = sample.read_bytes()
        message = message_in(data)
        assert stored(message) == message
        assert list(read.iter_each(BytesIO(data))) == [message]


@pytest.mark.parametrize("profile", list(Profile))
def test_any_message_comes_back(profile: Profile, e2b_schemas) -> None:
    @WHOLE
    @given(batches(profile))
    def check(batch: Batch) -> None:
        result = roundtrip(batch, profile)
        assert result.unplaced == ()
        assert result.differences == ()
        assert result.equal
        report = e2b_schemas.check(result.written)
        assert report.outcome is SchemaResult.VALID, report.errors[:3]
        message = batch.messages[0]
        assert stored(message) == message

    check()


@settings(max_examples=at_most(30), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(batches(Profile.NMPA), min_size=2, max_size=3))
def test_a_stream_of_messages_is_the_batch(found: list[Batch]) -> None:
    batch = found[0].with_messages(*(b.messages[0] for b in found))
    data = write.write_batch(batch, Profile.NMPA)
    streamed = list(read.iter_each(BytesIO(data), Profile.NMPA))
    assert streamed == [canonical(message) for message in batch.messages]
    assert streamed == list(read.read_batch(data, Profile.NMPA).messages)


class Metered(BytesIO):
    """A source that tells how far it was read."""

    furthest = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.furthest = max(self.furthest, self.tell())
        return data


def test_a_stream_is_read_as_it_is_asked_for(e2b_samples) -> None:
    sample = next(s for s in e2b_samples if "Scenario3" in s.name)
    message = message_in(sample.read_bytes())
    data = b"".join(write.write_stream({"N.1.2": "B"}, [message] * 100, Profile.FDA))
    source = Metered(data)
    stream = read.iter_each(source)
    assert next(stream) == message
    assert source.furthest < len(data) // 10
    assert sum(1 for _ in stream) == 99
