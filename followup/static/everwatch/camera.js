/* The camera as a scanner: it reads one code and puts it into the field as a keyboard wedge types it.
   Only where the browser has a camera and BarcodeDetector; elsewhere the page says so. The picture stays in the dialog: it is
   neither drawn, kept nor sent. Contract: docs/pages.md. ES2018. */
(function () {
  "use strict";
  const everwatch = window.everwatch;
  const dialog = document.getElementById("camera");
  const media = navigator.mediaDevices;
  if (!dialog) return;

  /* ---- without it the page says why, where somebody would look for the button */
  function without(why) {
    const page = document.querySelector("[data-camera-note]");
    const field = document.querySelector("main [data-scan]");
    const touched = field && window.matchMedia("(pointer: coarse)").matches;
    if (!page && !touched) return;
    const note = page || document.createElement("p");
    note.textContent = dialog.dataset[why];
    note.className = "form-text";
    note.hidden = false;
    if (!page) field.after(note);
  }
  // A page that did not come over https has no camera.
  if (!media || !media.getUserMedia) return without(window.isSecureContext ? "missing" : "insecure");
  if (!dialog.showModal || !window.BarcodeDetector) return without("unable");

  const NEEDED = ["data_matrix", "qr_code", "code_128"];
  const PAUSE = 150; // milliseconds between two looks at the picture
  const LONGEST = 120000; // a camera that was forgotten goes off, before the session does
  const PROBLEMS = {
    NotAllowedError: "refused",
    SecurityError: "refused",
    NotFoundError: "missing",
    OverconstrainedError: "missing",
    NotReadableError: "busy",
    AbortError: "busy",
  };
  const texts = dialog.dataset;
  const video = dialog.querySelector("video");
  const hint = dialog.querySelector("[role=status]");
  const problem = dialog.querySelector("[role=alert]");
  let detector = null;
  let field = null;
  let stream = null;
  let turn = 0; // a camera or a look that answers after its turn is let go
  let timer = 0;
  let until = 0;

  const release = (camera) => camera.getTracks().forEach((track) => track.stop());

  function stop() {
    turn += 1;
    clearTimeout(timer);
    if (stream) release(stream);
    stream = null;
    video.srcObject = null;
  }
  function close() {
    stop();
    if (dialog.open) dialog.close();
  }
  function fail(why) {
    stop();
    video.hidden = true;
    hint.textContent = "";
    problem.textContent = texts[why];
  }

  function enter(input, value) {
    const lines = input.dataset.scan === "line";
    const before = lines && input.value && !input.value.endsWith("\n") ? input.value + "\n" : input.value;
    input.value = lines ? before + value + "\n" : value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    everwatch.say(texts.done);
    everwatch.scanned(input);
  }

  /* ---- one code in the picture is taken; of several nobody can say which was meant */
  async function look(mine) {
    let codes = [];
    try {
      codes = await detector.detect(video);
    } catch (error) {
      // InvalidStateError: there is no picture yet
      if (mine === turn && error.name !== "InvalidStateError") fail("failed");
    }
    if (mine !== turn) return;
    const values = Array.from(new Set(codes.map((code) => code.rawValue).filter(Boolean)));
    if (values.length === 1) {
      close();
      enter(field, values[0]);
      return;
    }
    if (Date.now() > until) {
      fail("long");
      return;
    }
    const text = values.length ? texts.several : texts.aim;
    if (hint.textContent !== text) hint.textContent = text;
    timer = setTimeout(look, PAUSE, mine);
  }
  async function open(input) {
    stop();
    const mine = turn;
    field = input;
    video.hidden = false;
    problem.textContent = "";
    hint.textContent = texts.waiting;
    dialog.showModal();
    try {
      const camera = await media.getUserMedia({ audio: false, video: { facingMode: "environment" } });
      if (mine !== turn) return release(camera);
      stream = camera;
      camera.getTracks().forEach((track) => {
        track.addEventListener("ended", () => mine === turn && fail("busy"));
      });
      until = Date.now() + LONGEST;
      video.srcObject = camera;
      await video.play();
      if (mine === turn) look(mine);
    } catch (error) {
      if (mine === turn) fail(PROBLEMS[error.name] || "failed");
    }
  }
  dialog.addEventListener("cancel", stop); // Escape, or the phone's button for going back
  dialog.addEventListener("submit", stop);
  dialog.addEventListener("close", stop);
  window.addEventListener("pagehide", close);
  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); });

  /* ---- the button beside every scan field */
  function offer(root) {
    root.querySelectorAll("[data-scan]").forEach((input) => {
      const { nextElementSibling: beside, labels: [label] } = input;
      if (beside && beside.matches("[data-camera]")) return;
      const button = document.importNode(dialog.querySelector("template").content, true).firstElementChild;
      label.id = label.id || input.id + "_label";
      button.setAttribute("aria-describedby", label.id);
      button.addEventListener("click", () => open(input));
      input.after(button);
      input.form.classList.add("has-camera");
    });
  }
  window.BarcodeDetector.getSupportedFormats().then((known) => {
    const formats = NEEDED.filter((format) => known.includes(format));
    if (!formats.length) return without("unable");
    detector = new window.BarcodeDetector({ formats: formats });
    offer(document);
    document.addEventListener("htmx:load", (event) => offer(event.target));
  }).catch(() => without("unable"));
})();
