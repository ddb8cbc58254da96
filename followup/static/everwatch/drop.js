/* Files dragged onto a page go to its file field, wherever they are dropped; they are sent by the
   button as files that were chosen. Without script the field itself takes them. ES2018. */
(function () {
  "use strict";
  const form = document.querySelector("form[data-drop]");
  const holds = (event) => event.dataTransfer && Array.from(event.dataTransfer.types).includes("Files");
  if (!form) return;
  const mark = (on) => form.classList.toggle("drop-here", on);

  document.addEventListener("dragover", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    mark(true);
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) mark(false); });
  document.addEventListener("drop", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    mark(false);
    const input = form.querySelector("input[type=file]");
    const files = event.dataTransfer.files;
    if (!files.length) return;
    if (files.length > 1 && !input.multiple) {
      window.everwatch.say(form.dataset.drop);
      return;
    }
    input.files = files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    window.everwatch.say(Array.from(files, (file) => file.name).join(", "));
    window.everwatch.focus(form.querySelector("button:not([type=button])"));
  });
})();
