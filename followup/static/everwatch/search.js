/* Live search that waits for the input method: nothing is sent while pinyin is being composed. */
(function () {
  "use strict";
  const everwatch = window.everwatch;
  const timers = new WeakMap();

  function later(input) {
    clearTimeout(timers.get(input));
    timers.set(input, setTimeout(() => {
      input.dispatchEvent(new CustomEvent("everwatch:search", { bubbles: true }));
    }, 250));
  }
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-live]") && !event.isComposing) later(event.target);
  });
  document.addEventListener("compositionend", (event) => {
    if (event.target.matches("[data-live]")) later(event.target);
  });

  /* The list under a box: arrows walk, Escape gives the focus back. While the list still answers
     what was typed before, an arrow waits for the new one: Enter must not take an old line. */
  function walkable(box, results, escape) {
    let waiting = false;
    const entries = () => Array.from(results.querySelectorAll("a, button"));
    const enter = () => {
      waiting = false;
      const [first] = entries();
      if (first) first.focus();
    };
    function walk(event) {
      if (everwatch.composing(event)) return;
      const all = entries();
      const here = all.indexOf(document.activeElement);
      if (event.key === "Escape") {
        escape();
        box.focus();
      } else if (event.key === "ArrowDown" && here < 0 && results.dataset.stale) {
        event.preventDefault();
        waiting = true;
      } else if (event.key === "ArrowDown" && all.length) {
        event.preventDefault();
        all[Math.min(all.length - 1, here + 1)].focus();
      } else if (event.key === "ArrowUp" && here >= 0) {
        event.preventDefault();
        (here === 0 ? box : all[here - 1]).focus();
      }
    }
    box.addEventListener("keydown", walk);
    results.addEventListener("keydown", walk);
    box.addEventListener("input", () => { if (window.htmx) results.dataset.stale = "1"; });
    box.addEventListener("blur", () => { waiting = false; });
    results.addEventListener("htmx:afterSettle", () => {
      delete results.dataset.stale;
      if (waiting) enter();
    });
  }
  document.querySelectorAll("[data-list]").forEach((input) => {
    walkable(input, document.getElementById(input.dataset.list), () => {});
  });

  const box = document.getElementById("search");
  const results = document.getElementById("search-results");
  if (!box || !results) return;
  const close = () => { results.textContent = ""; };
  walkable(box, results, close);
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".topbar-search")) close();
  });
  box.closest("form").addEventListener("submit", (event) => {
    if (!box.value.trim()) event.preventDefault();
  });
})();
