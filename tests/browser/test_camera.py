"""The camera as a scanner: what it reads is typed, and it is off after every end.

Chromium draws the picture of the camera (dev/testing/pytest_browser.py). `BarcodeDetector` is an
interface of the device that Chromium has on Android, ChromeOS and macOS, never on Linux: the
tests put one in its place that reads what they hold before it. Everything else is the product.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from followup.core.permissions import Role

Enter = Callable[..., Page]
GTIN = "06901234567892"
DEVICE = """(() => {
  window.codes = [];
  window.BarcodeDetector = class {
    static getSupportedFormats() { return Promise.resolve(["aztec", "code_128", "data_matrix"]); }
    constructor(options) { window.formats = options.formats; }
    detect(source) {
      if (source.readyState < 2) return Promise.reject(new DOMException("", "InvalidStateError"));
      return Promise.resolve(window.codes.map((rawValue) => ({ rawValue })));
    }
  };
  const count = (name) => { sessionStorage[name] = Number(sessionStorage[name] || 0) + 1; };
  const ask = MediaDevices.prototype.getUserMedia;
  MediaDevices.prototype.getUserMedia = async function (wanted) {
    await window.gate;
    const camera = await ask.call(this, wanted);
    count("opened");
    return camera;
  };
  const stop = MediaStreamTrack.prototype.stop;
  MediaStreamTrack.prototype.stop = function () {
    if (this.readyState === "live") count("stopped");
    stop.call(this);
  };
})();"""


def telephone(page: Page, permissions: tuple[str, ...] = ("camera",)) -> Page:
    """A page of a device that reads codes, on which the camera is allowed or not."""
    page.context.grant_permissions(list(permissions))
    page.add_init_script(DEVICE)
    return page


def cameras(page: Page) -> tuple[int, int]:
    """How often the camera went on and off in this tab."""
    on, off = page.evaluate("['opened', 'stopped'].map((n) => Number(sessionStorage[n] || 0))")
    return on, off


def watch(page: Page, button: Locator) -> Locator:
    """Press the button and wait for the picture; the dialog."""
    button.click()
    dialog = page.locator("#camera")
    expect(dialog.get_by_role("status")).to_contain_text("Hold one code")
    assert dialog.locator("video").evaluate("video => video.videoWidth") > 0
    return dialog


def hold(page: Page, *codes: str) -> None:
    page.evaluate("codes => { window.codes = codes; }", list(codes))


def test_a_sample_is_found_by_the_camera_of_a_telephone(
    enter_as: Enter, faults: Callable[[Page], list[str]]
) -> None:
    page = telephone(enter_as(Role.NURSE, "en", 320))
    page.goto("/samples/")
    link = page.locator("tbody th a").first
    number, href = link.inner_text(), link.get_attribute("href")
    button = page.locator("main [data-camera]")
    expect(button).to_have_accessible_name("Scan with the camera")
    expect(button).to_have_accessible_description("Scan a label, or type its number")
    box = button.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 44
    assert page.evaluate("formats") == ["data_matrix", "code_128"]

    dialog = watch(page, button)
    assert faults(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
    assert cameras(page) == (1, 1)

    dialog = watch(page, button)
    hold(page, number, "SH01-000000")
    expect(dialog.get_by_role("status")).to_contain_text("several codes")
    dialog.get_by_role("button").click()
    expect(dialog).to_be_hidden()
    assert cameras(page) == (2, 2)
    expect(page.locator("#scan-number")).to_have_value("")

    hold(page, number)
    button.click()
    page.wait_for_url(f"**{href}")
    assert cameras(page) == (3, 3)

    page.locator(".topbar-search [data-camera]").focus()
    hold(page, number, number)  # the same code twice on one label
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_url(f"**{href}")
    assert cameras(page) == (4, 4)


def test_the_label_of_a_bag_is_typed_as_it_was_read_and_the_focus_goes_on(enter_as: Enter) -> None:
    page = telephone(enter_as(Role.NURSE, "en", 320))
    page.goto("/scan/")
    hold(page, f"\x1d01{GTIN}10NO-SUCH-LOT\x1d21S9")
    page.locator("main [data-camera]").click()
    expect(page.locator("main .facts")).to_contain_text("NO-SUCH-LOT")

    page.goto("/patients/?state=ACTIVE")
    page.goto(f"{page.locator('tbody th a').first.get_attribute('href')}infusions/new/")
    field = page.locator("[name=bag_label]")
    label = f"]d201{GTIN}10L-1\x1d21S9"
    hold(page, label)
    page.locator("main [data-camera]").click()
    expect(field).to_have_value(label)
    expect(page.locator("#camera")).to_be_hidden()
    expect(page.locator("[name=dose_cells]")).to_be_focused()
    assert cameras(page) == (2, 2)

    hold(page)
    watch(page, page.locator("main [data-camera]"))
    assert cameras(page) == (3, 2)
    page.goto("/help/")
    assert cameras(page) == (3, 3)


def test_the_tubes_of_a_box_are_counted_line_by_line(enter_as: Enter) -> None:
    page = telephone(enter_as(Role.NURSE, "en"))
    page.goto("/samples/boxes/")
    for name, text in {"freezer": "-80", "name": "CAMERA", "rows": "2", "columns": "2"}.items():
        page.locator(f"[name={name}]").fill(text)
    page.get_by_role("button", name="Open the box").click()
    field = page.locator("[name=scanned]")
    button = page.locator("textarea + [data-camera]")
    for code, lines in (("A-1", "A-1\n"), ("A-2", "A-1\nA-2\n")):
        hold(page, code)
        button.click()
        expect(field).to_have_value(lines)
        expect(field).to_be_focused()
    field.fill("A-1")  # typed, without the end of its line
    button.click()
    expect(field).to_have_value("A-1\nA-2\n")
    assert cameras(page) == (3, 3)


LACKING = [
    "",  # Chromium as it is on Linux
    f"{DEVICE} MediaDevices.prototype.getUserMedia = undefined;",
    f"{DEVICE} BarcodeDetector.getSupportedFormats = () => Promise.resolve(['ean_13']);",
    f"{DEVICE} BarcodeDetector.getSupportedFormats = () => Promise.reject(new Error('none'));",
]


@pytest.mark.parametrize("device", LACKING, ids=["reader", "camera", "format", "answer"])
def test_without_the_feature_the_page_for_scans_says_why(enter_as: Enter, device: str) -> None:
    page = enter_as(Role.NURSE, "en", 320)
    page.context.grant_permissions(["camera"])
    page.add_init_script(device)
    page.goto("/samples/", wait_until="networkidle")
    assert page.locator("[data-camera]").count() == 0
    assert "camera" not in page.locator("body").inner_text()
    expect(page.locator("#scan-number")).to_be_focused()
    page.goto("/scan/", wait_until="networkidle")
    assert page.locator("[data-camera]").count() == 0
    note = page.locator("[data-camera-note]")
    expect(note).to_contain_text("device has no camera" if "= undefined" in device else "no button")
    expect(note).to_contain_text("scanner")


PROBLEMS: list[tuple[tuple[str, ...], str, str]] = [
    ((), "", "The camera is not allowed for this page. Allow it in the browser"),
    (("camera",), "NotFoundError", "This device has no camera"),
    (("camera",), "NotReadableError", "perhaps because another app uses it"),
]


@pytest.mark.parametrize(("permissions", "name", "said"), PROBLEMS)
def test_a_camera_that_cannot_be_used_is_said_with_what_to_do(
    enter_as: Enter,
    faults: Callable[[Page], list[str]],
    permissions: tuple[str, ...],
    name: str,
    said: str,
) -> None:
    page = telephone(enter_as(Role.NURSE, "en", 320), permissions)
    if name:  # what a device without a camera, or with one in use, answers
        page.add_init_script(
            "MediaDevices.prototype.getUserMedia = "
            f"() => Promise.reject(new DOMException('', '{name}'));"
        )
    page.goto("/samples/")
    button = page.locator("main [data-camera]")
    button.click()
    dialog = page.locator("#camera")
    expect(dialog.get_by_role("alert")).to_contain_text(said)
    expect(dialog.get_by_role("alert")).to_contain_text("type the number")
    expect(dialog.locator("video")).to_be_hidden()
    assert faults(page) == []
    dialog.get_by_role("button").click()
    expect(button).to_be_focused()
    assert cameras(page) == (0, 0)


def test_a_camera_that_comes_after_the_dialog_was_closed_goes_off_at_once(enter_as: Enter) -> None:
    page = telephone(enter_as(Role.NURSE, "en"))
    page.goto("/samples/")
    page.evaluate("() => { window.gate = new Promise((open) => { window.allow = open; }); }")
    page.locator("main [data-camera]").click()
    page.keyboard.press("Escape")
    expect(page.locator("#camera")).to_be_hidden()
    assert cameras(page) == (0, 0)
    page.evaluate("allow()")
    page.wait_for_function("() => sessionStorage.stopped")
    assert cameras(page) == (1, 1)


def test_a_camera_that_is_unplugged_or_forgotten_is_off_and_says_so(enter_as: Enter) -> None:
    page = telephone(enter_as(Role.NURSE, "en"))
    page.goto("/samples/")
    button = page.locator("main [data-camera]")
    dialog = watch(page, button)
    page.evaluate(
        "document.querySelector('#camera video').srcObject.getTracks()[0]"
        ".dispatchEvent(new Event('ended'))"
    )
    expect(dialog.get_by_role("alert")).to_contain_text("does not answer")
    page.keyboard.press("Escape")
    dialog = watch(page, button)
    page.evaluate("() => { const now = Date.now; Date.now = () => now() + 121000; }")
    expect(dialog.get_by_role("alert")).to_contain_text("No code was read for two minutes")
    assert cameras(page) == (2, 2)
