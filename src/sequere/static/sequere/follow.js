// Makes follow buttons work without a reload of the page. Without it, they reload it.
(() => {
  "use strict";
  const root = document.documentElement;
  if (root.dataset.sequere) return;
  root.dataset.sequere = "on";

  const TIMEOUT = 20000;
  const busy = new Set();

  const formsOf = (ref) =>
    [...document.querySelectorAll("form[data-sequere-follow]")].filter(
      (form) => form.dataset.sequereFollow === ref,
    );
  const isPressed = (button) => button.getAttribute("aria-pressed") === "true";
  const write = (form, selector, text) => {
    const place = form.querySelector(selector);
    if (place && typeof text === "string") place.textContent = text;
  };

  function show(ref, following) {
    for (const form of formsOf(ref)) {
      const button = form.querySelector("button[aria-pressed]");
      const field = form.querySelector("input[name=action]");
      if (!button || !field) continue;
      field.value = following ? "unfollow" : "follow";
      const { follow, followLabel, followingLabel, following: done } = button.dataset;
      button.setAttribute("aria-pressed", String(following));
      button.setAttribute("aria-label", following ? followingLabel : followLabel);
      write(form, "button[aria-pressed]", following ? done : follow);
    }
  }

  function setBusy(ref, on) {
    if (on) busy.add(ref);
    else busy.delete(ref);
    // Not disabled: that would take the focus away.
    for (const form of formsOf(ref))
      form.querySelector("button[aria-pressed]")?.setAttribute("aria-busy", String(on));
  }

  async function send(form, following) {
    const body = new URLSearchParams(new FormData(form));
    body.set("action", following ? "follow" : "unfollow");
    // Not form.action, which is the field of that name.
    const response = await fetch(form.getAttribute("action"), {
      method: "POST",
      body,
      keepalive: true,
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout?.(TIMEOUT),
    });
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    const answer = isJson ? await response.json() : {};
    const elsewhere = answer.login_url || (response.redirected && response.url);
    if (elsewhere) location.assign(elsewhere);
    if (!response.ok || !isJson) throw Object.assign(new Error(), answer);
    return answer;
  }

  async function change(form, button) {
    const ref = form.dataset.sequereFollow;
    if (busy.has(ref)) return;
    const before = isPressed(button);
    const { failed, offline } = form.dataset;
    write(form, "[role=status]", "");
    setBusy(ref, true);
    try {
      const sent = send(form, !before);
      show(ref, !before);
      const answer = await sent;
      show(ref, answer.is_following ?? before);
      for (const each of formsOf(ref)) write(each, ".sequere-count", answer.followers_text);
      form.dispatchEvent(
        new CustomEvent("sequere:change", { bubbles: true, detail: answer }),
      );
    } catch (error) {
      show(ref, before);
      write(form, "[role=status]", error.detail || (navigator.onLine ? failed : offline));
    } finally {
      setBusy(ref, false);
    }
  }

  // A double click is one click, and a key that is held is pressed once.
  for (const kind of ["click", "keydown"])
    document.addEventListener(kind, (event) => {
      const again = event.detail > 1 || (event.repeat && event.key === "Enter");
      if (again && event.target.closest("form[data-sequere-follow] button"))
        event.preventDefault();
    });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = form.querySelector("button[aria-pressed]");
    if (!form.matches("form[data-sequere-follow]") || !button) return;
    if (event.defaultPrevented) return;
    event.preventDefault();
    change(form, button);
  });
})();
