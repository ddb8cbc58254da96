"""Numbers a browser sent: whatever comes, a number within bounds or none."""

import pytest
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from followup.core.http.numbers import LARGEST, page_index, version_sent, whole_number
from followup.core.permissions import Role
from tests import factories

# A sign `str.isdigit` takes and `int` does not, a sign, a space, more digits than `int` reads.
STRANGE = ("", "-1", "+1", " 1", "1.0", "²", "１", "१", "1e3", "9" * 5000, None, 7, ["1"])


@pytest.mark.parametrize("text", STRANGE)
def test_what_is_no_plain_number_is_none(text: object) -> None:
    assert whole_number(text) is None
    assert version_sent(text) == 0


@given(st.integers(min_value=0, max_value=LARGEST))
def test_a_number_within_bounds_is_itself(number: int) -> None:
    assert whole_number(str(number)) == number
    assert whole_number(str(number), most=number) == number
    assert number == 0 or whole_number(str(number), most=number - 1) is None


@given(st.text(max_size=20))
def test_any_text_is_read_without_failing(text: str) -> None:
    number = whole_number(text)
    assert number is None or 0 <= number <= LARGEST


@pytest.mark.parametrize(
    ("asked", "index"), [("1", 0), ("3", 2), ("0", 0), ("x", 0), ("9" * 5000, 0)]
)
def test_a_page_is_counted_from_the_first(asked: str, index: int) -> None:
    assert page_index(RequestFactory().get("/", {"page": asked})) == index


@pytest.mark.django_db
def test_a_list_opens_at_any_page_number() -> None:
    user = factories.make_user(Role.SAFETY_OFFICER)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    for address in ("/jobs/", "/reports/"):
        for page in ("9" * 5000, "²", "-1"):
            assert client.get(address, {"page": page}).status_code == 200, (address, page[:9])
