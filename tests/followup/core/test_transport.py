"""Requests that go out: to whom they speak."""

import ssl
from typing import Any

import pytest

from followup.core.http import transport


@pytest.mark.requirement("ASVS-12.3.2")
def test_a_server_has_to_show_a_certificate_of_its_name() -> None:
    connection: Any = transport._connection("https://gateway.example/a", 1)[0]
    assert connection._context.verify_mode is ssl.CERT_REQUIRED
    assert connection._context.check_hostname is True
