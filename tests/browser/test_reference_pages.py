"""Users, tokens and the reference pages in both languages at two widths: axe and reflow."""

import pytest

from followup.core.permissions import Role

PAGES = (
    "/users/",
    "/users/create/",
    "> tbody th a",
    "/account/tokens/",
    "/reference/elements/?q=C.5",
    "/reference/elements/C.5.4/",
    "/reference/elements/E.i.3.2a/",
    "/reference/clocks/",
    "/reference/protocols/",
    "/reference/code-lists/?q=ecog",
    "/reference/dictionaries/",
)


@pytest.mark.parametrize("width", [1366, 320])
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_pages_of_the_administrator(enter_as, faults, language: str, width: int) -> None:
    page = enter_as(Role.ADMINISTRATOR, language, width)
    assert page.url.endswith("/users/")
    found = {}
    for address in PAGES:
        if address.startswith("> "):
            page.goto("/users/")
            page.locator(address[2:]).last.click()
            page.wait_for_load_state()
        else:
            page.goto(address)
        if problems := faults(page):
            found[address] = problems
    assert found == {}
