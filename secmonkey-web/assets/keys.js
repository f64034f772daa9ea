// The keyboard, and the little that a page cannot do without a script. Everything works without
// this file, by links and forms.
(() => {
  "use strict";
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const current = () => document.querySelector(".current-row");

  function move(by) {
    const all = rows();
    if (all.length === 0) return;
    const at = all.indexOf(current());
    const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    all.forEach((row) => row.classList.toggle("current-row", row === next));
    const link = next.querySelector("a.main");
    if (link) link.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  function select() {
    const box = current()?.querySelector("input[type=checkbox]");
    if (box) box.click();
  }

  function help() {
    const dialog = document.getElementById("keys");
    if (dialog && !dialog.open) dialog.showModal();
  }

  const actions = {
    "/": () => document.getElementById("q")?.focus(),
    j: () => move(1),
    k: () => move(-1),
    x: select,
    "?": help,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]")) return;
    const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select");
    if (typing) {
      if (event.key === "Escape") typing.blur();
      return;
    }
    const action = actions[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  });

  // Ticks all boxes of a form, or none.
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-all]")) return;
    const boxes = event.target.form.querySelectorAll("input[type=checkbox]:not([data-all])");
    boxes.forEach((box) => { box.checked = event.target.checked; });
  });

  function ready() {
    document.querySelectorAll("[data-scripted]").forEach((one) => { one.hidden = false; });
    // What is said once is not said again where the page is loaded again.
    const url = new URL(location.href);
    if (url.searchParams.has("said")) {
      url.searchParams.delete("said");
      history.replaceState(history.state, "", url);
    }
  }
  ready();
  document.addEventListener("htmx:after:swap", ready);
})();
