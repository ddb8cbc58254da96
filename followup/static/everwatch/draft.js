/* Nothing typed is lost: drafts on the server, session warning, sign-in over the form. ES2018. */
(function () {
  "use strict";
  const everwatch = window.everwatch;
  const { texts } = everwatch;
  const body = document.body;
  const session = body.dataset.session;
  const json = (response) => response.json().catch(() => ({}));

  function send(url, data, options) {
    return fetch(url, Object.assign({
      method: "POST",
      body: data,
      credentials: "same-origin",
      headers: { "X-CSRFToken": everwatch.csrf(), Accept: "application/json" },
    }, options));
  }

  /* ---- drafts */
  const forms = Array.from(document.querySelectorAll("form[data-draft]"));
  const saves = [];
  forms.forEach((form) => {
    const status = form.querySelector("[data-draft-status]");
    let timer = 0;
    let dirty = false;
    let failed = false;
    let leaving = false;
    let pending = Promise.resolve();
    function payload() {
      const data = new URLSearchParams();
      new FormData(form).forEach((value, name) => {
        const field = form.elements[name];
        if (typeof value !== "string" || name === "csrfmiddlewaretoken") return;
        if (field && field.type === "password") return;
        data.append(name, value);
      });
      data.append("_address", location.pathname + location.search);
      data.append("_label", form.dataset.draftLabel || document.querySelector("h1").textContent.trim());
      return data;
    }
    function show(text) {
      if (status && status.textContent !== text) status.textContent = text;
    }
    function save(options) {
      clearTimeout(timer);
      if (!dirty) return pending;
      dirty = false;
      pending = send(form.dataset.draft, payload(), options)
        .then((response) => {
          failed = !response.ok;
          if (response.status === 401) return login().then(() => { dirty = true; return save(); });
          if (!response.ok) throw new Error(String(response.status));
          everwatch.offline(false);
          return json(response).then(took);
        })
        .catch(() => {
          failed = dirty = true;
          show(texts.draftFailed);
          timer = setTimeout(save, 10000);
        });
      return pending;
    }
    /* The draft of this very page; another page's is never written over. */
    function took(answer) {
      show(answer.message || "");
      const { _draft: id, _base: base } = form.elements;
      if (!answer.draft || !id) return;
      id.value = answer.draft;
      base.value = answer.base;
      everwatch.draft = answer.draft;
    }
    saves.push(save);
    function changed() {
      dirty = true;
      clearTimeout(timer);
      timer = setTimeout(save, 2000);
    }
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    form.addEventListener("focusout", (event) => {
      if (!form.contains(event.relatedTarget)) save();
    });
    form.addEventListener("everwatch:draft-now", () => { dirty = true; save(); });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && !leaving) save({ keepalive: true });
    });
    window.addEventListener("beforeunload", (event) => {
      if (!failed || leaving) return;
      event.preventDefault();
      event.returnValue = "";
    });
    /* Ask the session before a full-page submit: an ended one would swallow the form. */
    form.addEventListener("submit", (event) => {
      if (form.dataset.checked || !form.requestSubmit || form.matches("[hx-post]")) {
        delete form.dataset.checked;
        leaving = true;
        clearTimeout(timer);
        return;
      }
      event.preventDefault();
      const button = event.submitter;
      clearTimeout(timer);
      // A draft still on its way would come back after the form was saved or left.
      pending.then(ping).then((alive) => (alive ? null : login())).then(() => {
        everwatch.offline(false);
        form.dataset.checked = "1";
        form.requestSubmit(button || undefined);
      }).catch(() => {
        everwatch.offline(true);
        if (dirty) changed();
      });
    });
    window.addEventListener("pageshow", () => { leaving = false; });
  });

  /* A switch of language leaves the page and comes back: the draft must be there before. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-after-drafts]") || form.dataset.kept || !form.requestSubmit) return;
    event.preventDefault();
    const button = event.submitter;
    // A form cannot be submitted while its own submit event is still on its way: hence later.
    const go = () => setTimeout(() => {
      const { next } = form.elements;
      if (next && everwatch.draft) {
        const page = new URL(next.value, location.origin);
        page.searchParams.set("draft", everwatch.draft);
        next.value = page.pathname + page.search;
      }
      form.dataset.kept = "1";
      form.requestSubmit(button || undefined);
    });
    Promise.all(saves.map((save) => save())).then(go, go);
  }, true);

  /* ---- session: typing counts as activity, the warning comes before the end */
  if (!session) return;
  const idle = Number(body.dataset.idle) * 1000;
  const warning = Number(body.dataset.warn) * 1000;
  const warnDialog = document.getElementById("session-warning");
  const loginDialog = document.getElementById("session-login");
  let seen = Date.now();
  let pinged = Date.now();
  let waiting = null;

  function ping() {
    pinged = Date.now();
    return send(session, new URLSearchParams()).then((response) => {
      if (response.status === 401) return false;
      if (!response.ok) throw new Error(String(response.status));
      return json(response).then((answer) => {
        if (answer.user !== body.dataset.user) return false; // someone else signed in on this computer
        if (answer.csrf) renew(answer.csrf);
        seen = Date.now();
        return true;
      });
    });
  }
  function renew(token) {
    document.querySelector("meta[name=csrf-token]").content = token;
    document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((e) => { e.value = token; });
  }
  function active() {
    seen = Date.now();
    if (seen - pinged > 60000 && !warnDialog.open) ping().catch(() => {});
  }
  ["keydown", "input", "pointerdown"].forEach((name) =>
    document.addEventListener(name, () => { if (!warnDialog.open && !loginDialog.open) active(); },
      { passive: true }));
  /* Somebody may be at work in another tab: ask before saying that the session ends. */
  let looked = 0;
  function look() {
    looked = Date.now();
    return fetch(session + "left/", { credentials: "same-origin", headers: { Accept: "application/json" } })
      .then((response) => (response.ok ? json(response) : {}))
      .then((answer) => {
        if (answer.user !== body.dataset.user || typeof answer.left !== "number") return;
        seen = Math.max(seen, Date.now() - idle + answer.left * 1000);
      })
      .catch(() => {});
  }
  function judge() {
    const left = idle - (Date.now() - seen);
    if (left <= 0) {
      if (warnDialog.open) warnDialog.close();
      if (!loginDialog.open) login();
    } else if (left <= warning && !loginDialog.open) {
      if (!warnDialog.open) warnDialog.showModal();
      warnDialog.querySelector("[data-minutes]").textContent = String(Math.ceil(left / 60000));
    } else if (warnDialog.open) {
      warnDialog.close();
    }
  }
  setInterval(() => {
    const near = idle - (Date.now() - seen) <= warning && !loginDialog.open;
    if (near && Date.now() - looked > 30000) look().then(judge);
    else judge();
  }, 5000);
  warnDialog.querySelector("[data-stay]").addEventListener("click", () => {
    warnDialog.close();
    ping().then((alive) => (alive ? null : login())).catch(() => everwatch.offline(true));
  });
  warnDialog.addEventListener("cancel", () => { active(); });

  /** Open the sign-in over the page; resolves when the same person is back. */
  function login() {
    if (!waiting) {
      waiting = {};
      waiting.promise = new Promise((resolve) => { waiting.resolve = resolve; });
      const hasOpen = loginDialog.open;
      if (!hasOpen) loginDialog.showModal();
      loginDialog.querySelector("input[type=password]").focus();
    }
    return waiting.promise;
  }
  loginDialog.addEventListener("cancel", (event) => event.preventDefault());
  loginDialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    const error = form.querySelector("[data-error]");
    const password = form.querySelector("input[type=password]");
    error.textContent = "";
    send(form.action, new URLSearchParams(new FormData(form)))
      .then((response) => json(response).then((answer) => {
        if (!response.ok) {
          error.textContent = answer.error || texts.error500;
          password.setAttribute("aria-invalid", "true");
          password.select();
          return;
        }
        password.value = "";
        password.removeAttribute("aria-invalid");
        renew(answer.csrf);
        seen = Date.now();
        loginDialog.close();
        everwatch.say(texts.signedIn);
        const { resolve } = waiting || {};
        waiting = null;
        if (resolve) resolve();
      }))
      .catch(() => { error.textContent = texts.offline; });
  });
  document.addEventListener("everwatch:login-needed", (event) => {
    const source = event.target;
    login().then(() => {
      const verb = ["post", "put", "patch", "delete", "get"].find((v) => source.hasAttribute && source.hasAttribute("hx-" + v));
      if (verb && source.isConnected) {
        window.htmx.ajax(verb, source.getAttribute("hx-" + verb), { source: source });
      }
    });
  });
})();
