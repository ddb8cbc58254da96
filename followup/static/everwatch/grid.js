/* A grid of inputs: Enter goes down, a block copied from a spreadsheet fills from one cell on. ES2018. */
(function () {
  "use strict";
  const grid = document.querySelector("table[data-grid]");
  if (!grid) return;

  function row(input) {
    return input.closest("tr");
  }

  function inputs(line) {
    return Array.from(line.querySelectorAll("input"));
  }

  grid.addEventListener("keydown", (event) => {
    const input = event.target;
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
    if (event.ctrlKey || !input.matches("input")) return;
    event.preventDefault();
    const below = row(input).nextElementSibling;
    const target = below && inputs(below)[inputs(row(input)).indexOf(input)];
    (target || grid.closest("form").querySelector("button")).focus();
    if (target) target.select();
  });

  grid.addEventListener("paste", (event) => {
    const text = event.clipboardData ? event.clipboardData.getData("text/plain") : "";
    if (!event.target.matches("input") || !/[\t\n]/.test(text.trimEnd())) return;
    event.preventDefault();
    const column = inputs(row(event.target)).indexOf(event.target);
    let line = row(event.target);
    let beyond = 0;
    for (const cells of text.replace(/\r/g, "").trimEnd().split("\n")) {
      if (!line) {
        beyond += 1;
        continue;
      }
      const targets = inputs(line).slice(column);
      cells.split("\t").forEach((cell, place) => {
        if (targets[place]) targets[place].value = cell.trim();
      });
      line = line.nextElementSibling;
    }
    const note = document.querySelector("[data-grid-beyond]");
    note.hidden = beyond === 0;
    note.textContent = beyond ? grid.dataset.beyond + beyond : "";
  });
})();
