"""The pages of docs/ that are drawn from the code say what the code says."""

import pytest

from dev.checks import reference_pages


@pytest.mark.parametrize("name", reference_pages.PAGES)
@pytest.mark.requirement("ASVS-8.1.1")
def test_page_is_drawn_from_the_code_as_it_is(name) -> None:
    assert name not in reference_pages.stale(), f"docs/{name} is stale: ./run pages"
