"""The grid of contacts: rows pasted below its last line are counted, never dropped in silence."""

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
