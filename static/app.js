// What the pages gain with JavaScript. Every page works without it: this file only saves steps.
(() => {
  "use strict";
  const root = document.documentElement;
  const words = (name) => document.body.dataset[name] || "";

  // Announcements: one polite and one assertive live region for the whole page.
  const announce = (text, urgent) => {
    const region = document.getElementById(urgent ? "alert" : "live");
    if (!region || !text) return;
    region.textContent = "";
    setTimeout(() => { region.textContent = text; }, 50);
  };

  // Toasts that are there when the page loads, and those that htmx brings, are read out once.
  const readToasts = (scope) => {
    scope.querySelectorAll(".toast-line:not([data-read])").forEach((toast) => {
      toast.dataset.read = "yes";
      announce(toast.querySelector(".words").textContent.trim(), toast.dataset.tone === "bad");
    });
  };
  const showError = (text) => {
    const template = document.getElementById("toast-error");
    const list = document.getElementById("toasts");
    if (!template || !list) return;
    list.querySelectorAll("[data-passing]").forEach((old) => old.remove());
    const toast = template.content.firstElementChild.cloneNode(true);
    toast.querySelector(".words").textContent = text;
    toast.dataset.passing = "yes";
    list.append(toast);
    readToasts(list);
  };

  // Relative times move on by themselves; the absolute time stays in the markup.
  const relative = (seconds) => {
    const age = Math.abs(seconds);
    const [amount, unit] = age < 60 ? [Math.floor(age), "S"] : age < 3600 ? [Math.floor(age / 60), "M"] : [Math.floor(age / 3600), "H"];
    return words((seconds < 0 ? "in" : "ago") + unit).replace("{n}", String(amount));
  };
  const refreshTimes = () => {
    document.querySelectorAll("time[data-relative]").forEach((node) => {
      const seconds = (Date.now() - Date.parse(node.dateTime)) / 1000;
      if (Math.abs(seconds) >= 86400) return;
      const text = relative(seconds);
      if (text && node.textContent !== text) node.textContent = text;
    });
  };

  const copy = async (button) => {
    const source = button.dataset.copyFrom ? document.getElementById(button.dataset.copyFrom) : null;
    let text = source ? (source.value ?? source.textContent).trim() : button.dataset.copy;
    try {
      if (button.dataset.copyUrl) {
        const answer = await fetch(button.dataset.copyUrl);
        if (!answer.ok) throw new Error(answer.status);
        text = await answer.text();
      }
      await navigator.clipboard.writeText(text);
    } catch {
      if (source && source.select) source.select();
      return announce(words("notCopied"), true);
    }
    announce(words("copied"), false);
    const use = button.querySelector("use");
    if (!use || use.dataset.before) return;
    use.dataset.before = use.getAttribute("href");
    use.setAttribute("href", use.dataset.before.replace(/#.*/, "#check-lg"));
    setTimeout(() => { use.setAttribute("href", use.dataset.before); delete use.dataset.before; }, 2000);
  };

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-copy], [data-copy-from], [data-copy-url], [data-dismiss], [data-open], [data-close]");
    document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    if (!target) return;
    if (target.matches("[data-copy], [data-copy-from]")) copy(target);
    else if (target.matches("[data-copy-url]")) { event.preventDefault(); copy(target); }
    else if (target.matches("[data-dismiss]")) target.closest(target.dataset.dismiss || ".toast-line").remove();
    else if (target.matches("[data-open]")) { event.preventDefault(); document.getElementById(target.dataset.open).showModal(); }
    else { event.preventDefault(); target.closest("dialog").close(); }
  });

  // The theme changes at once; the form keeps the choice.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-theme-form]");
    if (form && event.submitter) {
      event.preventDefault();
      root.dataset.theme = event.submitter.value;
      const body = new FormData(form);
      body.set(event.submitter.name, event.submitter.value);
      fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } }).catch(() => {});
      form.querySelectorAll("button").forEach((button) => { if (button.offsetParent && button !== event.submitter) button.focus(); });
    }
  });

  // Fields that belong to one choice show only while it is chosen: data-shown-for="auth_method=oauth".
  const showChosen = () => {
    document.querySelectorAll("[data-shown-for]").forEach((part) => {
      const [name, value] = part.dataset.shownFor.split("=");
      const chosen = document.querySelector(`[name="${name}"]:checked, select[name="${name}"]`);
      part.hidden = chosen !== null && chosen.value !== value;
    });
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
    showChosen();
  });

  // Keys: / jump box, j and k rows, others press what carries data-key. Off with <body data-keys="off">.
  const moveRow = (step) => {
    const links = [...document.querySelectorAll(".row-link")];
    const here = links.indexOf(document.activeElement);
    const current = here >= 0 ? here : links.findIndex((link) => link.closest("[aria-current]"));
    const next = links[Math.min(Math.max(current + step, 0), links.length - 1)];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
      return;
    }
    const typing = event.target.closest("input, textarea, select, [contenteditable], dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.body.dataset.keys === "off") return;
    if (event.key === "/") { event.preventDefault(); document.getElementById("jump")?.focus(); }
    else if (event.key === "j") moveRow(1);
    else if (event.key === "k") moveRow(-1);
    else if (/^[a-z]$/.test(event.key)) document.querySelector(`[data-key="${event.key}"]:not(:disabled)`)?.click();
  });

  // htmx: no polling in a hidden tab or while a menu, a text selection or a dialog is open inside the target.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const polls = (event.detail.elt.getAttribute("hx-trigger") || "").includes("every");
    if (!polls) return;
    const busy = event.detail.target.querySelector("details[open], dialog[open], input:focus, textarea:focus");
    if (document.hidden || busy || String(getSelection())) event.preventDefault();
  });
  // A row opens beside the list; where there is no room for that, in a new tab or without the pane, it is a plain link.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const link = event.detail.elt;
    if (!link.matches("a[href]") || event.detail.target.offsetParent) return;
    event.preventDefault();
    location.assign(link.href);
  });
  document.addEventListener("htmx:targetError", (event) => { if (event.target.matches("a[href]")) location.assign(event.target.href); });
  document.addEventListener("click", (event) => { if ((event.ctrlKey || event.metaKey || event.shiftKey) && event.target.closest("a[hx-get]")) event.stopImmediatePropagation(); }, true);
  document.addEventListener("htmx:afterSettle", (event) => { readToasts(document); refreshTimes(); showChosen(); });
  document.addEventListener("htmx:sendError", (event) => { if (!event.detail.elt.matches("[hx-trigger*=every]")) showError(words("offline")); });
  document.addEventListener("htmx:responseError", (event) => { if (!event.detail.elt.matches("[hx-trigger*=every]")) showError(`${words("failed")} (${event.detail.xhr.status})`); });

  document.addEventListener("DOMContentLoaded", () => {
    readToasts(document);
    refreshTimes();
    showChosen();
    document.querySelector("[data-focus]")?.focus();
    setInterval(refreshTimes, 10000);
  });
})();
