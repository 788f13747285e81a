// The keyboard on the screen, offered below a password (BP-1). Typing and pasting stay as they are.
(() => {
  "use strict";
  const PLAIN = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
  const SIGNS = ["!@#$%^&*()", "-_=+[]{}\\|", ";:'\",.<>/?", "`~ "];

  const key = (label, act, isWide = false) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.tabIndex = 0;
    if (isWide) button.className = "wide";
    button.addEventListener("click", act);
    return button;
  };

  const make = (field, words) => {
    const board = document.createElement("div");
    board.className = "keyboard";
    board.setAttribute("role", "group");
    board.setAttribute("aria-label", words.label);
    let isUpper = false;
    let isSigns = false;
    const put = (text) => {
      const [from, to] = [field.selectionStart ?? field.value.length, field.selectionEnd ?? field.value.length];
      field.setRangeText(text, from, to, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      if (isUpper) { isUpper = false; draw(); }
    };
    const draw = () => {
      const rows = (isSigns ? SIGNS : PLAIN).map((row) => {
        const line = document.createElement("div");
        for (const letter of row) {
          const text = isUpper ? letter.toUpperCase() : letter;
          line.append(key(text === " " ? words.space : text, () => put(text), text === " "));
        }
        return line;
      });
      const shift = key(words.shift, () => { isUpper = !isUpper; draw(); }, true);
      shift.setAttribute("aria-pressed", String(isUpper));
      const signs = key(isSigns ? "abc" : "#+=", () => { isSigns = !isSigns; draw(); }, true);
      const erase = key("⌫", () => {
        const end = field.selectionEnd ?? field.value.length;
        const start = field.selectionStart ?? end;
        field.setRangeText("", start === end ? Math.max(0, start - 1) : start, end, "end");
      }, true);
      erase.setAttribute("aria-label", words.erase);
      const last = document.createElement("div");
      last.append(shift, signs, erase);
      board.replaceChildren(...rows, last);
    };
    draw();
    return board;
  };

  document.addEventListener("click", (event) => {
    const opener = event.target instanceof Element ? event.target.closest("[data-keyboard]") : null;
    if (!opener) return;
    const field = document.getElementById(opener.dataset.keyboard);
    const open = document.getElementById(`${field.id}_board`);
    if (open) { open.remove(); opener.setAttribute("aria-expanded", "false"); return; }
    const board = make(field, opener.dataset);
    board.id = `${field.id}_board`;
    opener.after(board);
    opener.setAttribute("aria-expanded", "true");
  });
})();
