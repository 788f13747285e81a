// Small helps for pages that work without them; what each does is told in README.txt.
(() => {
  "use strict";
  const all = (selector, root = document) => root.querySelectorAll(selector);
  const on = (type, selector, act) =>
    document.addEventListener(type, (event) => {
      const found = event.target instanceof Element ? event.target.closest(selector) : null;
      if (found) act(found, event);
    });

  on("click", "[data-theme-switch]", () => {
    const root = document.documentElement;
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* not remembered then */ }
  });

  on("click", "[data-copy]", async (button) => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const words = button.querySelector("span");
    const before = words.textContent;
    words.textContent = button.dataset.copied;
    setTimeout(() => { words.textContent = before; }, 2500);
  });

  on("click", "[data-print]", () => window.print());
  on("change", "[data-submit-on-change]", (field) => field.form.requestSubmit());

  // A code of known length is sent when it is whole: once, and never after a mistake was shown.
  on("input", "[data-auto-submit]", (field) => {
    const digits = field.value.replace(/[\s-]/g, "");
    if (digits.length !== Number(field.dataset.autoSubmit) || !/^[0-9]+$/.test(digits)) return;
    if (field.dataset.sent || field.getAttribute("aria-invalid") === "true") return;
    field.dataset.sent = "yes";
    field.form.requestSubmit();
  });

  // Enter after a code that was sent by itself would ask twice, and lose the first answer.
  on("submit", "form", (form, event) => {
    if (form.dataset.sending) { event.preventDefault(); return; }
    if (!event.defaultPrevented) form.dataset.sending = "yes";
    form.classList.add("busy");
    setTimeout(() => { form.classList.remove("busy"); delete form.dataset.sending; }, 4000);
  });

  document.addEventListener("keyup", (event) => {
    const hint = event.target.dataset && event.target.dataset.capsHint;
    if (hint && event.getModifierState) {
      document.querySelector(hint).hidden = !event.getModifierState("CapsLock");
    }
  });

  const tick = (shown) => {
    const left = Math.ceil((Date.parse(shown.dataset.countdown) - Date.now()) / 1000);
    const minutes = Math.floor(Math.max(left, 0) / 60);
    shown.textContent = `${minutes}:${String(Math.max(left, 0) % 60).padStart(2, "0")}`;
    if (left > 0) { setTimeout(tick, 1000, shown); return; }
    const waiting = shown.dataset.then && document.querySelector(shown.dataset.then);
    if (waiting) { waiting.disabled = false; waiting.removeAttribute("aria-disabled"); }
    const line = shown.closest("[data-countdown-line]");
    if (line) line.hidden = true;
  };
  all("[data-countdown]").forEach((shown) => {
    const waiting = shown.dataset.then && document.querySelector(shown.dataset.then);
    if (waiting && Date.parse(shown.dataset.countdown) > Date.now()) waiting.disabled = true;
    tick(shown);
  });

  // Countries by their names in the page's language; the server knows their codes alone.
  all("select[data-regions]").forEach((list) => {
    const language = document.documentElement.lang;
    const names = new Intl.DisplayNames([language], { type: "region" });
    const options = [...list.options];
    options.forEach((option) => {
      option.textContent = option.textContent.replace(option.value, names.of(option.value));
    });
    const chosen = list.value;
    options.sort((one, other) => one.textContent.localeCompare(other.textContent, language));
    list.append(...options);
    list.value = chosen;
  });

  // An idle session is announced a minute before its end, and nothing stays on the screen after it.
  all("[data-idle]").forEach((bar) => {
    const seconds = Number(bar.dataset.idle);
    const again = () => location.replace(location.pathname + location.search);
    let timers = [];
    const arm = () => {
      timers.forEach(clearTimeout);
      bar.hidden = true;
      timers = [
        setTimeout(() => { bar.hidden = false; }, Math.max(0, seconds - 60) * 1000),
        setTimeout(again, (seconds + 2) * 1000),
      ];
    };
    bar.querySelector("[data-stay]").addEventListener("click", async () => {
      const answer = await fetch(bar.dataset.alive, { redirect: "manual" });
      if (answer.status === 204) arm(); else again();
    });
    document.addEventListener("htmx:afterOnLoad", arm);
    arm();
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  document.addEventListener("click", (event) => {
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    all("details.menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  });
})();
