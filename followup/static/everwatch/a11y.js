/* Swaps, focus, announcements, menus and the keyboard map. Contract: docs/pages.md. ES2018. */
(function () {
  "use strict";
  const body = document.body;
  const texts = (document.getElementById("texts") || body).dataset;
  const region = document.getElementById("status");
  const handled = new WeakSet();
  let clearing = 0;
  let attempts = 0;

  const everwatch = (window.everwatch = {
    texts: texts,
    /** True while an input method is composing: Enter then belongs to it, not to us. */
    composing: (event) => event.isComposing || event.keyCode === 229,
    csrf: () => document.querySelector("meta[name=csrf-token]").content,
    /** Show and announce one sentence. */
    say(text) {
      if (!region) return;
      region.textContent = text;
      clearTimeout(clearing);
      clearing = setTimeout(() => { region.textContent = ""; }, 8000);
    },
    /** Put the focus on something that may not be focusable by itself. */
    focus(element) {
      if (!element) return false;
      if (element.tabIndex < 0 && !element.hasAttribute("tabindex")) element.tabIndex = -1;
      element.focus();
      return document.activeElement === element;
    },
    firstField(root) {
      return root.querySelector(
        "input:not([type=hidden]):not(:disabled), select:not(:disabled), textarea:not(:disabled)"
      );
    },
    offline(on) {
      const bar = document.getElementById("offline");
      if (!bar) return;
      attempts = on ? attempts + 1 : 0;
      bar.hidden = !on;
      bar.querySelector("[data-attempt]").textContent = on ? String(attempts) : "";
    },
  });

  /* ---- requests: token, busy mark, double click, failures */
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = everwatch.csrf();
  });
  function busy(event, on) {
    const { elt, target } = event.detail;
    if (target) target.toggleAttribute("aria-busy", on);
    if (target && on) target.setAttribute("aria-busy", "true");
    const button = elt.matches("form")
      ? document.activeElement && document.activeElement.form === elt ? document.activeElement : null
      : elt;
    if (button && button.matches("button, .btn")) {
      button.classList.toggle("is-busy", on);
      if (on) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
  }
  document.addEventListener("htmx:beforeRequest", (event) => busy(event, true));
  document.addEventListener("htmx:afterRequest", (event) => {
    busy(event, false);
    if (!event.detail.elt.isConnected) {
      document.querySelectorAll("[aria-busy=true]").forEach((e) => e.removeAttribute("aria-busy"));
    }
    if (event.detail.xhr && event.detail.xhr.status > 0) everwatch.offline(false);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[aria-disabled=true]")) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 401) return;
    everwatch.say(texts["error" + status] || texts.error500);
  });
  document.addEventListener("htmx:sendError", (event) => {
    const { elt, requestConfig } = event.detail;
    everwatch.offline(true);
    if (requestConfig.verb !== "get") return;
    setTimeout(() => {
      if (elt.isConnected) window.htmx.ajax("GET", requestConfig.path, { source: elt });
    }, Math.min(30000, 2000 * attempts));
  });

  /* ---- focus after a swap: errors, then what the trigger asked for, then never nowhere */
  let nextRow = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (xhr.responseURL && body.dataset.login && !location.pathname.startsWith(body.dataset.login)) {
      if (new URL(xhr.responseURL).pathname === body.dataset.login) {
        event.detail.shouldSwap = false; // the session ended and we were led to the sign-in page
        requestConfig.elt.dispatchEvent(new CustomEvent("everwatch:login-needed", { bubbles: true }));
        return;
      }
    }
    const row = requestConfig.elt.closest("tr, li");
    const sibling = row && (row.nextElementSibling || row.previousElementSibling);
    nextRow = sibling ? sibling.querySelector("a, button") : null;
  });
  function place(trigger, target) {
    const summary = target.querySelector(".error-summary");
    if (summary) return everwatch.focus(summary);
    const marked = target.querySelector("[data-autofocus]");
    if (marked) return everwatch.focus(marked);
    const wish = trigger.closest("[data-focus-after]");
    switch (wish && wish.dataset.focusAfter) {
      case "first-field": return everwatch.focus(everwatch.firstField(target));
      case "caption": return everwatch.focus(target.querySelector("caption, h2"));
      case "next-row": return everwatch.focus(nextRow && nextRow.isConnected ? nextRow : target);
      case "target": return everwatch.focus(target);
      default: break;
    }
    if (document.activeElement && document.activeElement !== body) return true;
    return everwatch.focus(trigger.isConnected ? trigger : target);
  }
  document.addEventListener("htmx:afterSettle", (event) => {
    const { xhr, requestConfig, target } = event.detail;
    if (!xhr || !requestConfig || handled.has(xhr)) return;
    handled.add(xhr);
    const quiet = requestConfig.elt.closest("[data-quiet]"); // polling never takes the focus
    if (quiet) return;
    const now = target && target.isConnected ? target : document.getElementById(target && target.id);
    place(requestConfig.elt, now || document.getElementById("main"));
  });

  /* ---- menus are <details>: Escape and a click outside close them, focus goes back */
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  /* ---- keyboard map (help page lists it; a setting turns it off) */
  let lead = "";
  let leadTimer = 0;
  const isTyping = (element) =>
    element.isContentEditable ||
    element.matches("input:not([type=radio]):not([type=checkbox]), textarea, select");
  function rows() {
    return Array.from(document.querySelectorAll("table[data-rows] > tbody > tr"));
  }
  function currentRow() {
    return document.activeElement.closest("table[data-rows] > tbody > tr") ||
      document.querySelector("table[data-rows] tr.is-current");
  }
  function move(step) {
    const all = rows();
    if (!all.length) return;
    const index = all.indexOf(currentRow());
    const next = all[Math.max(0, Math.min(all.length - 1, index + step))];
    all.forEach((row) => row.classList.toggle("is-current", row === next));
    everwatch.focus(next.querySelector("th a, a, button") || next);
  }
  function press(key) {
    const row = currentRow();
    const selector = "[data-key=\"" + CSS.escape(key) + "\"]";
    const element = (row && row.querySelector(selector)) || document.querySelector(selector);
    if (element) element.click();
    return Boolean(element);
  }
  document.addEventListener("keydown", (event) => {
    if (body.dataset.shortcuts === "off" || everwatch.composing(event)) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const key = event.key;
    let done = true;
    if (key === "/") everwatch.focus(document.getElementById("search"));
    else if (key === "j") move(1);
    else if (key === "k") move(-1);
    else if (key === "x" && currentRow() && currentRow().querySelector("input[type=checkbox]")) {
      currentRow().querySelector("input[type=checkbox]").click();
    } else if (key.length === 1 && key !== " ") {
      const chord = lead ? lead + " " + key : key;
      if (!lead && key === "g") {
        lead = "g";
        clearTimeout(leadTimer);
        leadTimer = setTimeout(() => { lead = ""; }, 1200);
      } else {
        lead = "";
        done = press(chord);
      }
    } else done = false;
    if (done) event.preventDefault();
  });

  /* ---- small things every page may use */
  document.addEventListener("click", (event) => {
    const copier = event.target.closest("[data-copy]");
    if (copier) {
      const source = document.querySelector(copier.dataset.copy);
      source.select(); // execCommand also works on plain http, where navigator.clipboard does not exist
      if (document.execCommand("copy")) everwatch.say(texts.copied);
    }
    if (event.target.closest("[data-print]")) window.print();
  });
  /* ---- a date in a message is not broken at its hyphens; the server sends each as one text */
  const DATE = /(^|[^\w-])(\d{4}-\d{2}(?:-\d{2})?(?: \d{2}:\d{2})?)(?![\w-])/;
  const MESSAGES = ".error, .warning, .hint, .error-summary li, .notice p";
  function keepWhole(text) {
    const found = text.parentElement.closest(".whole, .nowrap") ? null : DATE.exec(text.data);
    if (!found) return;
    const date = text.splitText(found.index + found[1].length);
    const rest = date.splitText(found[2].length);
    const span = document.createElement("span");
    span.className = "whole";
    date.replaceWith(span);
    span.append(date);
    keepWhole(rest);
  }
  function wholeDates() {
    document.querySelectorAll(MESSAGES).forEach((message) => {
      const texts = document.createTreeWalker(message, NodeFilter.SHOW_TEXT);
      const found = [];
      while (texts.nextNode()) found.push(texts.currentNode);
      found.forEach(keepWhole);
    });
  }
  wholeDates();
  document.addEventListener("htmx:afterSettle", wholeDates);
  if (!window.htmx) {
    const old = document.getElementById("old-browser");
    if (old) old.hidden = false;
  }
})();
