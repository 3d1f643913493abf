// Lists that grow, and counts that keep up. Without it, both are links to another page.
(() => {
  "use strict";
  // A page that is brought back is filled again, before it is scrolled to where it was.
  const { pages: pagesBefore = 0, top: topBefore = 0 } = history.state ?? {};

  async function load(url, headers = {}) {
    const response = await fetch(url, { headers });
    if (!response.ok) throw new Error(response.statusText);
    return new DOMParser().parseFromString(await response.text(), "text/html");
  }

  // Counts, after a follow

  let turn = 0;

  async function refresh() {
    const mine = ++turn;
    const page = await load(location.href).catch(() => null);
    // Of several follows in a row, the last one knows.
    if (!page || mine !== turn) return;
    for (const old of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(old.id);
      if (!fresh || old.contains(document.activeElement)) continue;
      for (const { name, value } of fresh.attributes) old.setAttribute(name, value);
      old.replaceChildren(...fresh.childNodes);
    }
  }

  document.addEventListener("sequere:change", refresh);

  // A list that grows while it is scrolled

  function grow(section) {
    const rows = section.querySelector(".rows");
    const link = section.querySelector("a[rel=next]");
    const progress = section.querySelector(".progress");
    if (!rows || !link) return;
    const name = section.dataset.list;
    const state = { pages: 0, busy: false };
    const seen = new Set([...rows.children].map((row) => row.id));
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && more(),
      { rootMargin: "600px" },
    );
    link.textContent = "Show more";

    async function more() {
      if (state.busy || !link.isConnected) return false;
      state.busy = true;
      observer.unobserve(link);
      rows.setAttribute("aria-busy", "true");
      try {
        append(await load(link.href, { "X-Part": "list" }));
        state.pages += 1;
        return true;
      } catch {
        progress.textContent = `No more ${name} could be fetched.`;
        link.textContent = "Try again";
        return false;
      } finally {
        state.busy = false;
        rows.setAttribute("aria-busy", "false");
      }
    }

    function append(page) {
      const fresh = [...page.querySelectorAll(".rows > li")].filter((row) => !seen.has(row.id));
      for (const row of fresh) seen.add(row.id);
      rows.append(...fresh);
      const next = page.querySelector("a[rel=next]")?.getAttribute("href");
      if (next) {
        link.href = next;
        link.textContent = "Show more";
        progress.textContent = `${seen.size} ${name} are shown.`;
        // Anew, because it may be in sight still.
        observer.observe(link);
      } else {
        end();
      }
    }

    function end() {
      progress.textContent = `That was all: ${seen.size} ${name} are shown.`;
      if (document.activeElement === link) {
        progress.tabIndex = -1;
        progress.focus();
      }
      link.remove();
    }

    async function restore() {
      while (state.pages < pagesBefore && (await more()));
      scrollTo(0, topBefore);
    }

    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      more();
    });
    addEventListener("pagehide", () => {
      const { pages } = state;
      history.replaceState({ ...history.state, pages, top: scrollY }, "");
    });
    (pagesBefore ? restore() : Promise.resolve()).then(() => observer.observe(link));
  }

  for (const section of document.querySelectorAll("[data-endless]")) grow(section);
})();
