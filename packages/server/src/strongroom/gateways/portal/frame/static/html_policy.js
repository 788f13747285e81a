// Trusted Types: HTML becomes part of a page only where htmx parses an answer of this very portal.
// Everything else that turns text into HTML or script is refused by the browser (LATK-32).
(() => {
  "use strict";
  const answers = new Set();
  const wrapped = /^<body><template class="internal-htmx-wrapper">([^]*)<\/template><\/body>$/;
  const isOurs = (text) => {
    const inner = wrapped.exec(text);
    return answers.has(text) || (inner !== null && answers.has(inner[1]));
  };
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr } = event.detail;
    const isHere = new URL(xhr.responseURL, location.href).origin === location.origin;
    const type = xhr.getResponseHeader("Content-Type") || "";
    if (!isHere || !type.startsWith("text/html")) { event.preventDefault(); return; }
    answers.clear();
    answers.add(xhr.responseText);
    answers.add(xhr.responseText.replace(/<head(\s[^>]*)?>[^]*?<\/head>/i, ""));
  });
  if (window.trustedTypes && trustedTypes.createPolicy) {
    trustedTypes.createPolicy("default", {
      createHTML: (text) => (text === "" || isOurs(text) ? text : null),
      createScript: () => null,
      createScriptURL: () => null,
    });
  }
})();
