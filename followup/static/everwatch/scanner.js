/* A scanner that types (a keyboard wedge) into scan fields: separators the browser would drop, and
   a Chinese input method that is on. Keys are read by their place on the keyboard, as scanners send
   them; what people type is left alone. Contract: docs/pages.md. ES2018. */
(function () {
  "use strict";
  const everwatch = window.everwatch;
  const GROUP = "\u001d";
  const FAST = 50; // milliseconds between two keys: scanners need less, people more
  const LEAST = 6; // keys that make a scan
  const IDLE = 150; // milliseconds after which a scan without Enter or Tab is whole
  const STORED = "everwatch-separator";
  const ENDS = ["Enter", "NumpadEnter", "Tab"];
  // The keyboard scanners are set to, and Chinese ones have: by place, plain and with Shift.
  const SIGNS = {
    Backquote: "`~", Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}",
    Backslash: "\\|", Semicolon: ";:", Quote: "'\"", Comma: ",<", Period: ".>", Slash: "/?",
    Space: "  ", NumpadAdd: "++", NumpadSubtract: "--", NumpadDivide: "//", NumpadDecimal: "..",
  };
  const SHIFTED = ")!@#$%^&*(";
  let burst = null;

  function sign(event) {
    const code = event.code;
    if (event.altKey || event.metaKey || event.ctrlKey) return "";
    if (/^Key[A-Z]$/.test(code)) return event.shiftKey ? code[3] : code[3].toLowerCase();
    if (/^Digit\d$/.test(code)) return event.shiftKey ? SHIFTED[code[5]] : code[5];
    if (/^Numpad\d$/.test(code)) return code[6];
    return SIGNS[code] ? SIGNS[code][event.shiftKey ? 1 : 0] : "";
  }
  function separator() {
    try {
      return localStorage.getItem(STORED) || "";
    } catch (error) {
      return ""; // storage is switched off: the scanner's own separators still count
    }
  }
  function told(input) {
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function separated(text) {
    const chosen = separator();
    return chosen ? text.split(chosen).join(GROUP) : text;
  }

  /* ---- what follows a scan: Enter (send, next line) or Tab (next field) */
  function onward(input) {
    const all = Array.from(input.form.elements).filter(
      (e) => !e.matches("[type=hidden], [data-camera], fieldset, output") && !e.disabled && e.offsetParent
    );
    everwatch.focus(all[all.indexOf(input) + 1] || input);
  }
  everwatch.scanned = function (input) {
    if (input.dataset.scan === "next") return onward(input);
    everwatch.focus(input);
    if (input.dataset.scan !== "line") input.form.requestSubmit();
  };

  /* ---- keys one behind the other */
  function begin(input) {
    const value = input.value;
    const from = input.selectionStart === null ? value.length : input.selectionStart;
    const to = input.selectionEnd === null ? value.length : input.selectionEnd;
    return { input, keys: "", before: value.slice(0, from), after: value.slice(to),
      last: 0, composed: false, ended: false, timer: 0 };
  }
  const whole = (one) => one !== null && one.keys.length >= LEAST;

  /* The input method's own text gives way to what the keys said. */
  function settle(one) {
    clearTimeout(one.timer);
    if (burst === one) burst = null;
    const lines = one.input.dataset.scan === "line" && one.ended;
    one.input.value = one.before + separated(one.keys) + (lines ? "\n" : "") + one.after;
    told(one.input);
    if (one.ended) everwatch.scanned(one.input);
  }
  function typed(event) {
    const input = event.target;
    if (!input.matches || !input.matches("[data-scan]")) return;
    if (burst === null || burst.input !== input || event.timeStamp - burst.last > FAST) {
      if (burst) clearTimeout(burst.timer);
      burst = begin(input);
    }
    const one = burst;
    one.last = event.timeStamp;
    if (event.isComposing || event.keyCode === 229) one.composed = true;
    if (event.code === "F8" || (event.ctrlKey && event.code === "BracketRight")) {
      event.preventDefault();
      one.keys += GROUP;
      if (!one.composed) {
        input.setRangeText(GROUP, input.selectionStart, input.selectionEnd, "end");
        told(input);
      }
      return;
    }
    if (ENDS.includes(event.code)) return ends(one, event);
    one.keys += sign(event);
    if (!one.composed) return;
    clearTimeout(one.timer);
    one.timer = setTimeout(() => whole(one) && settle(one), IDLE);
  }
  function ends(one, event) {
    if (!whole(one)) return;
    if (!one.composed) {
      if (separator()) {
        one.input.value = separated(one.input.value);
        told(one.input);
      }
      burst = null;
      // Tab goes on, Enter sends: but not a form that has more to be filled in.
      if (event.code !== "Tab" && one.input.dataset.scan === "next") {
        event.preventDefault();
        onward(one.input);
      }
      return;
    }
    event.preventDefault();
    one.ended = true;
    clearTimeout(one.timer);
    one.timer = setTimeout(settle, event.isComposing || event.keyCode === 229 ? IDLE : 0, one);
  }
  document.addEventListener("keydown", typed, true);
  document.addEventListener("compositionend", () => {
    const one = burst;
    if (one !== null && one.ended) {
      clearTimeout(one.timer);
      one.timer = setTimeout(settle, 0, one); // after the input method has written its text
    }
  });

  /* ---- the separator of this computer's scanner */
  const setting = document.querySelector("[data-separator]");
  if (setting) {
    setting.closest("[hidden]").hidden = false;
    setting.value = separator();
    setting.addEventListener("change", () => {
      try {
        localStorage.setItem(STORED, setting.value.trim());
        everwatch.say(setting.dataset.done);
      } catch (error) {
        everwatch.say(setting.dataset.failed);
      }
    });
  }
})();
