/* Forms: error summary, digit keys, date echo, blocks that open, ticks, one submit. ES2018. */
(function () {
  "use strict";
  const everwatch = window.everwatch;
  const body = document.body;

  /* ---- error summary: focus on arrival, links put the focus into the field */
  const summary = document.querySelector(".error-summary");
  if (summary) everwatch.focus(summary);
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".error-summary a[href^='#']");
    if (!link) return;
    const field = document.getElementById(link.getAttribute("href").slice(1));
    if (!field) return;
    event.preventDefault();
    field.closest(".field, body").scrollIntoView({ block: "center" });
    everwatch.focus(field.matches("fieldset, div") ? everwatch.firstField(field) || field : field);
  });

  /* ---- filters of a list are folded on a telephone, so that its rows come first; unless one is set */
  const asked = new URLSearchParams(location.search);
  const narrow = window.matchMedia("(max-width: 639.98px)").matches;
  (narrow ? document.querySelectorAll("form[data-fold]") : []).forEach((form) => {
    const fields = Array.from(form.elements).filter((e) => e.name && e.type !== "hidden");
    const fold = document.createElement("details");
    const name = document.createElement("summary");
    fold.className = "fold";
    fold.open = fields.some((field) => asked.get(field.name));
    name.textContent = form.dataset.fold;
    form.before(fold);
    fold.append(name, form);
  });

  /* ---- digit keys: only while the focus is in the question's own answers */
  function questions(form) {
    return Array.from(form.querySelectorAll("[data-choices], .field"))
      .filter((e) => (e.matches("[data-choices]") || !e.querySelector("[data-choices]")) &&
        e.offsetParent !== null && everwatch.firstField(e));
  }
  function onward(group) {
    const form = group.closest("form");
    const all = form ? questions(form) : [];
    const next = all[all.indexOf(group) + 1];
    if (next) everwatch.focus(next.querySelector("input:checked") || everwatch.firstField(next));
    else if (form) everwatch.focus(form.querySelector("button[type=submit], button:not([type])"));
  }
  document.addEventListener("keydown", (event) => {
    if (body.dataset.digitKeys === "off" || everwatch.composing(event)) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const found = /^(?:Digit|Numpad)([1-9])$/.exec(event.code) || /^([1-9])$/.exec(event.key);
    const group = found && event.target.matches("[data-choices] input") &&
      event.target.closest("[data-choices]");
    if (!group) return;
    const answer = group.querySelectorAll("input")[Number(found[1]) - 1];
    if (!answer) return;
    event.preventDefault();
    const was = answer.checked;
    answer.click();
    if (answer.type === "checkbox") return;
    // An answer that opens a block lets that block take the focus.
    const opens = answer.hasAttribute("data-opens") && !was;
    if (!opens) onward(group);
    else if (answer.dataset.opens) {
      const block = document.getElementById(answer.dataset.opens);
      if (block && !block.hidden) everwatch.focus(everwatch.firstField(block));
    }
  });

  /* ---- blocks shown by an answer: data-when="name:value value"; without script all are shown */
  function showBlocks() {
    document.querySelectorAll("[data-when]").forEach((block) => {
      const [name, values] = block.dataset.when.split(":");
      const form = block.closest("form");
      const chosen = Array.from(form.querySelectorAll("[name=\"" + CSS.escape(name) + "\"]"))
        .filter((e) => (e.type !== "radio" && e.type !== "checkbox") || e.checked)
        .map((e) => e.value);
      const shown = chosen.some((value) => values.split(" ").includes(value));
      block.hidden = !shown;
      block.querySelectorAll("input, select, textarea").forEach((e) => { e.disabled = !shown; });
    });
  }
  document.addEventListener("change", showBlocks);
  document.addEventListener("htmx:load", showBlocks);
  showBlocks();

  /* ---- a choice in groups follows another: only the group of what was chosen is offered */
  function follow() {
    document.querySelectorAll("select[data-follows]").forEach((select) => {
      const leader = select.form.elements[select.dataset.follows];
      const chosen = leader.value && leader.selectedOptions[0].textContent.trim();
      select.querySelectorAll("optgroup").forEach((group) => {
        group.hidden = group.disabled = Boolean(chosen) && group.label !== chosen;
      });
      const { selectedOptions: [option] } = select;
      if (option && option.parentElement.disabled) select.value = "";
    });
  }
  document.addEventListener("change", (event) => { if (event.target.matches("select")) follow(); });
  follow();

  /* ---- dates: the server reads them; we show what it understood */
  function echo(input) {
    const out = document.getElementById(input.id + "_echo");
    if (!out) return;
    const value = input.value.trim();
    if (!value) {
      out.textContent = "";
      return;
    }
    const query = new URLSearchParams({ value: value, partial: input.dataset.partial || "" });
    if (input.dataset.past) query.set("past", "1");
    if (input.dataset.anchor) query.set("anchor", input.dataset.anchor);
    fetch(input.dataset.date + "?" + query, { headers: { Accept: "application/json" } })
      .then((response) => (response.ok ? response.json() : null))
      .then((read) => {
        if (!read || input.value.trim() !== value) return;
        out.textContent = read.text;
        out.classList.toggle("is-error", !read.value);
        if (read.value) input.value = read.value;
      })
      .catch(() => {}); // the server reads the date again on saving
  }
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.matches("input[data-date]")) echo(input);
    if (input.matches("input[data-fold]")) input.value = input.value.normalize("NFKC").trim();
  });

  /* ---- texts that are too long: said while typing, nothing is cut off */
  document.addEventListener("input", (event) => {
    const field = event.target;
    const most = Number(field.dataset.most);
    if (!most) return;
    const count = Array.from(field.value.trim()).length;
    const said = count > most
      ? body.dataset.tooLong.replace("{most}", most).replace("{count}", count)
      : "";
    field.setCustomValidity(said);
    let out = field.nextElementSibling;
    if (!out || !out.matches("[data-excess]")) {
      if (!said) return;
      out = document.createElement("span");
      out.className = "error";
      out.dataset.excess = "";
      out.setAttribute("role", "status");
      field.after(out);
    }
    out.textContent = said;
  });

  /* ---- keyboard: Ctrl+Enter saves, Ctrl+S keeps the draft; Enter never while composing */
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && everwatch.composing(event)) {
      event.stopImmediatePropagation();
      return;
    }
    const form = event.target.closest && event.target.closest("form");
    if (!form || !(event.ctrlKey || event.metaKey)) return;
    if (event.key === "Enter") {
      const button = form.querySelector("[data-primary], button[type=submit], button:not([type])");
      if (button) button.click();
    } else if (event.key === "s" && form.dataset.draft) {
      event.preventDefault();
      form.dispatchEvent(new CustomEvent("everwatch:draft-now"));
    }
  }, true);

  /* ---- ticks and the batch bar */
  function countTicks(form) {
    const ticks = Array.from(form.querySelectorAll("input[data-tick]"));
    const chosen = ticks.filter((tick) => tick.checked);
    const bar = form.querySelector(".batchbar");
    ticks.forEach((tick) => tick.closest("tr").classList.toggle("is-selected", tick.checked));
    if (!bar) return;
    bar.hidden = !chosen.length;
    bar.querySelector("[data-count]").textContent = String(chosen.length);
  }
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (!form) return;
    if (event.target.matches("[data-tick-all]")) {
      form.querySelectorAll("input[data-tick]").forEach((tick) => { tick.checked = event.target.checked; });
    }
    if (event.target.matches("[data-tick], [data-tick-all]")) countTicks(form);
  });
  document.querySelectorAll(".batchbar").forEach((bar) => bar.closest("form") && countTicks(bar.closest("form")));

  /* ---- one submit at a time; a page taken back from the cache is free again */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.matches("[hx-post], [hx-put]")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 8000);
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
  });

  /* ---- the undo bar leaves when undoing is over */
  document.querySelectorAll("[data-expires]").forEach((bar) => {
    setTimeout(() => {
      if (!bar.contains(document.activeElement)) bar.remove();
      else bar.querySelector("[data-undo]").remove();
    }, Number(bar.dataset.expires) * 1000);
  });
})();
