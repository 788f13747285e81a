// Sets the chosen colours before anything is drawn; the switch itself is in portal.js.
(() => {
  "use strict";
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
  } catch { /* storage is switched off: the system's colours hold */ }
  document.documentElement.classList.add("scripted");
})();
