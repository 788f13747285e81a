// Asks the browser for a passkey and sends what it says as JSON in the form's field `answer`.
// The options come from the server in data-options; nothing is decided here.
(() => {
  "use strict";
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };
  const text = (buffer) =>
    buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const ask = {
    get: (given) => navigator.credentials.get({
      publicKey: { ...given, challenge: bytes(given.challenge), allowCredentials: named(given.allowCredentials) },
    }),
    create: (given) => navigator.credentials.create({
      publicKey: {
        ...given,
        challenge: bytes(given.challenge),
        user: { ...given.user, id: bytes(given.user.id) },
        excludeCredentials: named(given.excludeCredentials),
      },
    }),
  };

  const written = (found) => {
    const { response } = found;
    const parts = { clientDataJSON: text(response.clientDataJSON) };
    if (response.attestationObject) {
      parts.attestationObject = text(response.attestationObject);
      parts.transports = response.getTransports ? response.getTransports() : [];
    } else {
      parts.authenticatorData = text(response.authenticatorData);
      parts.signature = text(response.signature);
      parts.userHandle = text(response.userHandle);
    }
    return JSON.stringify({
      id: found.id,
      rawId: text(found.rawId),
      type: found.type,
      authenticatorAttachment: found.authenticatorAttachment,
      clientExtensionResults: found.getClientExtensionResults(),
      response: parts,
    });
  };

  const say = (form, which) => {
    form.querySelectorAll("[data-passkey-says]").forEach((line) => {
      line.hidden = line.dataset.passkeySays !== which;
    });
  };

  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    if (!window.PublicKeyCredential) { say(form, "missing"); return; }
    form.addEventListener("submit", async (event) => {
      const answer = form.elements.namedItem("answer");
      if (answer.value) return;
      event.preventDefault();
      say(form, "waiting");
      try {
        const found = await ask[form.dataset.passkey](JSON.parse(form.dataset.options));
        answer.value = written(found);
        form.requestSubmit();
      } catch {
        say(form, "failed");
        form.classList.remove("busy");
      }
    });
  });
})();
