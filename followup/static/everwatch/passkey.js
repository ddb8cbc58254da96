/* Passkeys: hands the server's question to the browser and puts its answer into the form. ES2018. */
"use strict";
(() => {
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (c) => c.charCodeAt(0));
  };
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");

  function question(options) {
    const asked = JSON.parse(options);
    asked.challenge = bytes(asked.challenge);
    if (asked.user) asked.user.id = bytes(asked.user.id);
    for (const list of [asked.allowCredentials, asked.excludeCredentials]) {
      for (const one of list || []) one.id = bytes(one.id);
    }
    return { publicKey: asked };
  }

  function answer(credential) {
    const response = { clientDataJSON: text(credential.response.clientDataJSON) };
    for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[part]) response[part] = text(credential.response[part]);
    }
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: credential.getClientExtensionResults(),
    });
  }

  async function ask(button) {
    const form = button.form;
    const failure = form.querySelector("[data-passkey-failure]");
    failure.hidden = true;
    button.disabled = true;
    try {
      const asked = question(button.dataset.options);
      const credential = await (button.dataset.passkey === "create"
        ? navigator.credentials.create(asked)
        : navigator.credentials.get(asked));
      form.elements[button.dataset.field].value = answer(credential);
      form.requestSubmit();
    } catch (error) {
      failure.hidden = false;
      failure.focus();
    } finally {
      button.disabled = false;
    }
  }

  for (const button of document.querySelectorAll("[data-passkey]")) {
    button.hidden = !window.PublicKeyCredential;
    button.addEventListener("click", () => ask(button));
  }
})();
