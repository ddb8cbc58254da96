"""The grid of contacts: rows pasted below its last line are counted, what is wrong is seen."""

from playwright.sync_api import expect

from followup.core.permissions import Role

PASTE = """(input, text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const how = {clipboardData: data, bubbles: true, cancelable: true};
  input.dispatchEvent(new ClipboardEvent("paste", how));
}"""


def test_rows_that_find_no_line_are_counted(enter_as) -> None:
    page = enter_as(Role.NURSE, "en")
    page.goto("/batches/grid/")
    boxes = page.locator("[name^=vital_status-]")
    note = page.locator("[data-grid-beyond]")
    last = boxes.last
    last.evaluate(PASTE, "1\t\n1\t\n1\t\n")
    expect(last).to_have_value("1")
    expect(note).to_contain_text("not entered: 2")
    last.evaluate(PASTE, "2\t2024")  # a block: one cell alone is the browser's
    expect(last).to_have_value("2")
    expect(note).to_be_hidden()


def test_what_is_wrong_with_a_row_is_seen_and_a_cause_of_death_can_be_read(enter_as) -> None:
    page = enter_as(Role.NURSE, "zh-Hans")
    page.goto("/batches/grid/")
    row = page.locator("table[data-grid] tbody tr").first
    row.locator("[name^=vital_status-]").fill("2")
    cause = row.locator("[name^='death_cause-']")
    cause.fill("脑出血后肺部感染")
    assert cause.evaluate("box => box.scrollWidth <= box.clientWidth"), "cut off in its box"
    row.locator("[name^=death_cause_code-]").fill("I61.9")
    page.locator("main form[method=post] button.btn-primary").click()
    fault = page.locator("table[data-grid] p.error").first
    expect(fault).to_be_visible()
    colour = fault.evaluate("node => getComputedStyle(node).color")
    box = page.locator("table[data-grid] [aria-invalid=true]").first
    assert colour == box.evaluate("node => getComputedStyle(node).borderTopColor")
    assert page.locator("[name^=death_cause_code-]").first.input_value() == "I61.9"
