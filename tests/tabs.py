"""A page as a browser tab holds it: the form that has a box, and what it would send."""

from typing import Any

from django.test import Client
from lxml import html


def form_with(answer: Any, name: str) -> Any:
    """The form of the page in which a box of this name stands."""
    page = html.fromstring(answer.content)
    return next(form for form in page.forms if form.xpath(f".//*[@name='{name}']"))


def fields(form: Any) -> dict[str, Any]:
    """What the browser would send of a form, every name with its values."""
    sent: dict[str, Any] = {}
    for name, value in form.form_values():
        sent.setdefault(name, []).append(value.removeprefix("\n"))
    return sent


def opened(client: Client, address: str, name: str) -> dict[str, Any]:
    """What a tab would send that has just opened the page."""
    return fields(form_with(client.get(address), name))


def asked(answer: Any) -> list[str]:
    """The fields a person has to choose for; none of the choices may be made beforehand."""
    page = html.fromstring(answer.content)
    radios = page.xpath("//input[@type='radio'][starts-with(@name, 'unresolved-')]")
    assert not [radio for radio in radios if radio.get("checked") is not None]
    return list(dict.fromkeys(r.get("name").removeprefix("unresolved-") for r in radios))
