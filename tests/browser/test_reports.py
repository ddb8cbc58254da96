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
        assert {"report.pdf", "report.xlsx", "manifest.json", "cases.jsonl"} == set(
            archive.namelist()
        )
    page.goto("/reports/")
    expect(page.locator("main tbody tr").first).to_contain_text(shown[:32])


@pytest.mark.parametrize("width", [1366, 320])
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_lock_is_made_compared_and_shown_for_signing(enter_as, faults, language, width) -> None:
    page = enter_as(Role.STUDY_MANAGER, language, width)
    names = [f"Lock {number} {language} {width}" for number in (1, 2)]
    for name in names:
        page.goto("/locks/")
        page.locator("#id_name").fill(name)
        page.locator("#id_name").press("Enter")
        page.wait_for_url("**/locks/*-*/")
        expect(page.locator("h1")).to_contain_text(name)
        assert faults(page) == []
    other = page.locator("select[name=lock]")
    offered = other.locator("option", has_text=names[0])
    other.select_option(value=offered.get_attribute("value") or "")
    other.locator("xpath=ancestor::form").locator("button").click()
    page.wait_for_url("**/compare/*/")
    assert faults(page) == []
    page.goto("/locks/")
    page.get_by_role("link", name=names[1], exact=True).click()
    page.locator("main a[href^='/sign/data_lock/']").click()
    expect(page.locator("main")).to_contain_text(names[1])
    assert faults(page) == []


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_f12_an_owed_report_is_written_and_its_files_made_within_four(
    enter_as, hand, faults, language
) -> None:
    page = enter_as(Role.STUDY_MANAGER, language)
    page.goto("/reports/written/")
    by = hand(page)
    by.click(page.locator("main a[href*='/reports/written/new/?kind=ANNUAL_REPORT']").first)
    page.wait_for_url("**/reports/written/new/**")
    assert faults(page) == []
    by.click(page.locator("main button[name=files]"))
    page.wait_for_url("**/jobs/")
    assert by.count <= 4
    expect(page.locator(".job").first.locator("a[download]")).to_be_visible(timeout=90_000)
    page.goto("/reports/written/")
    assert faults(page) == []
    page.locator("main tbody th a[href*='/reports/written/0']").first.click()
    page.wait_for_url("**/reports/written/*-*/")
    assert faults(page) == []
