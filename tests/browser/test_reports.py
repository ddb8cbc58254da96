"""A periodic report from the press of a button to the file, through a real worker."""

import hashlib
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from followup.core.permissions import Role


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_f12_report_within_four_then_watched_to_its_file(enter_as, hand, faults, language) -> None:
    page = enter_as(Role.STUDY_MANAGER, language)
    page.goto("/reports/")
    by = hand(page)
    product = page.locator("select[name=product]")
    by.count += 1
    product.select_option(index=1)
    by.click(page.locator("main form button[type=submit]").first)
    page.wait_for_url("**/jobs/")
    assert by.count <= 4
    job = page.locator(".job").first
    # The page itself learns that the work is over: the reader only waits.
    download = job.locator("a[download]")
    expect(download).to_be_visible(timeout=90_000)
    assert faults(page) == []
    with page.expect_download() as caught:
        download.click()
    path = Path(caught.value.path())
    shown = job.locator("code").inner_text()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == shown
    with zipfile.ZipFile(path) as archive:
        assert {"report.pdf", "report.xlsx", "manifest.json"} == set(archive.namelist())
    page.goto("/reports/")
    expect(page.locator("main tbody tr").first).to_contain_text(shown[:32])
