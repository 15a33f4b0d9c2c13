// Brings elements marked data-live up to date every two seconds, without touching what is being typed.
(() => {
  "use strict";
  const live = () => document.querySelectorAll("[data-live][id]");
  if (!live().length) return;
  async function refresh() {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { "X-Refresh": "1" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const element of live()) {
        const fresh = page.getElementById(element.id);
        if (!fresh || fresh.innerHTML === element.innerHTML) continue;
        if (element.contains(document.activeElement)) continue;
        const open = [...element.querySelectorAll("details[open][id]")].map((one) => one.id);
        element.innerHTML = fresh.innerHTML;
        for (const id of open) document.getElementById(id)?.setAttribute("open", "");
      }
    } catch {
      // The stand-in may be restarting; the next turn asks again.
    }
  }
  setInterval(refresh, 2000);
})();
