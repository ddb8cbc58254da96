/* Sends a form with a file and shows how far it is; without script the browser sends it. ES2018. */
(function () {
  "use strict";
  let running = false;

  function show(line, part) {
    line.hidden = false;
    line.querySelector("progress").value = part;
    line.querySelector("[role=status]").textContent = part + " %";
  }

  /* The page as the server answered, with the chosen files kept where nothing is wrong with them. */
  function answer(form, text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const main = page.getElementById("main");
    let kept = 0;
    form.querySelectorAll("input[type=file]").forEach((input) => {
      const fresh = main.querySelector("input[type=file][name='" + input.name + "']");
      if (!fresh || fresh.getAttribute("aria-invalid") === "true" || !input.files.length) return;
      fresh.replaceWith(input);
      kept += 1;
    });
    document.title = page.title;
    document.getElementById("main").replaceWith(main);
    if (kept) main.querySelectorAll("[data-choose-again]").forEach((note) => note.remove());
    const summary = main.querySelector(".error-summary");
    if (summary) window.everwatch.focus(summary);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-upload]") || event.defaultPrevented) return;
    event.preventDefault();
    if (running) return;
    running = true;
    const line = form.querySelector("[data-upload-progress]");
    const request = new XMLHttpRequest();
    const again = () => form.submit(); // the browser sends it, and says what is wrong
    request.open("POST", form.action);
    request.setRequestHeader("X-Upload", "1");
    request.upload.addEventListener("progress", (moved) => {
      if (moved.lengthComputable) show(line, Math.floor((moved.loaded / moved.total) * 100));
    });
    request.addEventListener("error", again);
    request.addEventListener("load", () => {
      running = false;
      const target = request.getResponseHeader("X-Upload-Done");
      delete form.dataset.sent;
      if (request.status === 204 && target) location.assign(target);
      else if (request.status === 422) answer(form, request.responseText);
      else again();
    });
    show(line, 0);
    request.send(new FormData(form));
  });
})();
