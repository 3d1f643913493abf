// Makes follow buttons work without reloading the page. Without this script, a button
// is a form that reloads the page.
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
  const BUTTON = "button[data-state]";
  const ACTIONS = { none: "follow", requested: "unfollow", following: "unfollow", blocked: "unblock" };
  const write = (form, selector, text) => {
    const place = form.querySelector(selector);
    if (place && typeof text === "string") place.textContent = text;
  };

  function show(ref, state) {
    for (const form of formsOf(ref)) {
      const button = form.querySelector(BUTTON);
      const field = form.querySelector("input[name=action]");
      if (!button || !field || !ACTIONS[state]) continue;
      field.value = ACTIONS[state];
      // While the pointer stays, the button shows "Following" and not yet "Unfollow".
      if (button.dataset.state !== state) button.toggleAttribute("data-fresh", true);
      button.dataset.state = state;
      if (state === "blocked") button.removeAttribute("aria-pressed");
      else button.setAttribute("aria-pressed", String(state !== "none"));
      button.setAttribute("aria-label", button.dataset[`${state}Label`]);
      write(form, `${BUTTON} span`, button.dataset[state]);
    }
  }

  function setBusy(ref, on) {
    if (on) busy.add(ref);
    else busy.delete(ref);
    // A disabled button would lose the focus, so aria-busy marks it instead.
    for (const form of formsOf(ref))
      form.querySelector(BUTTON)?.setAttribute("aria-busy", String(on));
  }

  async function send(form, state) {
    const body = new URLSearchParams(new FormData(form));
    body.set("action", ACTIONS[state]);
    // form.action is the field named "action", not the address.
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
    const before = button.dataset.state;
    const { failed, offline, mayAsk } = form.dataset;
    write(form, "[role=status]", "");
    setBusy(ref, true);
    try {
      const sent = send(form, before);
      if (before !== "none") show(ref, "none");
      // Only the server knows whether a follow is a request.
      else if (mayAsk === undefined) show(ref, "following");
      const answer = await sent;
      show(ref, answer.state ?? before);
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

  // A double click counts as one click, and a held key as one press.
  for (const kind of ["click", "keydown"])
    document.addEventListener(kind, (event) => {
      const again = event.detail > 1 || (event.repeat && event.key === "Enter");
      if (again && event.target.closest("form[data-sequere-follow] button"))
        event.preventDefault();
    });

  for (const kind of ["mouseout", "focusout"])
    document.addEventListener(kind, (event) => {
      event.target.closest?.(BUTTON)?.removeAttribute("data-fresh");
    });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = form.querySelector(BUTTON);
    if (!form.matches("form[data-sequere-follow]") || !button) return;
    if (event.defaultPrevented) return;
    event.preventDefault();
    change(form, button);
  });
})();
