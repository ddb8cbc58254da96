"""FDA's published instances against the rules of FDA and of ICH, and the time it takes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pv.domain.e2b.checks import Profile, Severity, route, validate
from pv.domain.e2b.read import read_batch

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SAMPLES = Path(__file__).parents[5].parent / "shared" / "e2b" / "samples"
PROFILES = {
    "FAERS2022Scenario1.xml": Profile.FDA,
    "FAERS2022Scenario2.xml": Profile.FDA,
    "FAERS2022Scenario3.xml": Profile.FDA_IND,
    "FAERS2022Scenario5-1.xml": Profile.FDA_IND,
    "FAERS2022Scenario6.xml": Profile.FDA,
}
# Scenario 6 is the one published instance whose message identifier equals the report's.
SAME_IDENTIFIER = "FAERS2022Scenario6.xml"


@pytest.fixture(params=sorted(PROFILES))
def sample(request):
    path = SAMPLES / request.param
    if not path.exists():
        pytest.skip("FDA's published instances are not beside the repository (../shared/e2b)")
    return request.param, read_batch(path.read_bytes())


def test_published_instances_pass_in_their_own_profile(sample):
    name, batch = sample
    errors = [f for f in validate(batch, PROFILES[name], now=NOW) if f.severity is Severity.ERROR]
    assert errors == []


def test_the_unequal_message_identifier_is_a_warning_of_ich_only(sample):
    name, batch = sample
    by_rule = {f.rule: f.severity for f in validate(batch, Profile.ICH, now=NOW)}
    expected = None if name == SAME_IDENTIFIER else Severity.WARNING
    assert by_rule.get("ICH.N.2.r.1.SAME") is expected
    assert Severity.ERROR not in by_rule.values()
    own = {f.rule for f in validate(batch, PROFILES[name], now=NOW)}
    assert "ICH.N.2.r.1.SAME" not in own


def test_under_fda_the_address_decides_the_route(sample):
    name, batch = sample
    assert route(batch, Profile.FDA) is PROFILES[name]
    assert validate(batch, Profile.FDA, now=NOW) == validate(batch, PROFILES[name], now=NOW)


def test_a_post_market_instance_is_no_ind_report(sample):
    name, batch = sample
    if PROFILES[name] is Profile.FDA:
        found = validate(batch, Profile.FDA_IND, now=NOW)
        assert {"FDA.R0005", "FDA.R0007"} <= {f.rule for f in found}


def test_every_date_of_a_sample_is_future_before_it_was_written(sample):
    _, batch = sample
    found = {f.rule for f in validate(batch, Profile.ICH, now=datetime(1900, 1, 1, tzinfo=UTC))}
    assert {"ICH.N.1.5.FUTURE", "ICH.C.1.2.FUTURE", "ICH.E.i.4.FUTURE"} <= found
