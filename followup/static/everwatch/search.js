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

  /* The list under the box: arrows walk, Escape closes and gives the focus back. */
  const box = document.getElementById("search");
  const results = document.getElementById("search-results");
  if (!box || !results) return;
  const close = () => { results.textContent = ""; };
  function walk(event) {
    if (everwatch.composing(event)) return;
    const links = Array.from(results.querySelectorAll("a"));
    const here = links.indexOf(document.activeElement);
    if (event.key === "Escape") {
      close();
      box.focus();
    } else if (event.key === "ArrowDown" && links.length) {
      event.preventDefault();
      links[Math.min(links.length - 1, here + 1)].focus();
    } else if (event.key === "ArrowUp" && here >= 0) {
      event.preventDefault();
      (here === 0 ? box : links[here - 1]).focus();
    }
  }
  box.addEventListener("keydown", walk);
  results.addEventListener("keydown", walk);
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".topbar-search")) close();
  });
  box.closest("form").addEventListener("submit", (event) => {
    if (!box.value.trim()) event.preventDefault();
  });
})();
