// Lists that grow, and counts that keep up. Without it, both are links to another page.
(() => {
  "use strict";
  // A page that is brought back is filled again, before it is scrolled to where it was.
  const { added: addedBefore = 0, top: topBefore = 0 } = history.state ?? {};

  async function load(url, headers = {}) {
    const response = await fetch(url, { headers });
    if (!response.ok) throw new Error(response.statusText);
    return new DOMParser().parseFromString(await response.text(), "text/html");
  }

  // Counts, after a follow

  let turn = 0;

  async function refresh(selector, url = location.href) {
    const mine = ++turn;
    const page = await load(url).catch(() => null);
    // Of several follows in a row, the last one knows.
    if (!page || mine !== turn) return;
    for (const old of document.querySelectorAll(selector)) {
      const fresh = page.getElementById(old.id);
      if (fresh && !old.contains(document.activeElement)) old.replaceWith(fresh);
    }
  }

  document.addEventListener("sequere:change", () => refresh("[data-live]"));

  // A page out of the browser's memory does not know what was followed meanwhile.
  addEventListener("pageshow", (event) => {
    const size = document.querySelectorAll("[data-endless] .row").length;
    if (event.persisted) refresh("[data-live], .row", sized(location.href, size));
  });

  function sized(url, size) {
    const found = new URL(url, location.href);
    if (size) found.searchParams.set("size", size);
    return found;
  }

  // A list that grows while it is scrolled

  function grow(section) {
    const rows = section.querySelector(".rows");
    const link = section.querySelector("a[rel=next]");
    const progress = section.querySelector(".progress");
    if (!rows || !link) return;
    const name = section.dataset.list;
    const state = { added: 0, busy: false };
    const seen = new Set([...rows.children].map((row) => row.id));
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && more(),
      { rootMargin: "600px" },
    );
    link.textContent = "Show more";

    async function more(size = 0) {
      if (state.busy || !link.isConnected) return;
      state.busy = true;
      observer.unobserve(link);
      rows.setAttribute("aria-busy", "true");
      try {
        append(await load(sized(link.href, size), { "X-Part": "list" }));
      } catch {
        progress.textContent = `No more ${name} could be fetched.`;
        link.textContent = "Try again";
      } finally {
        state.busy = false;
        rows.setAttribute("aria-busy", "false");
      }
    }

    function append(page) {
      const fresh = [...page.querySelectorAll(".rows > li")].filter((row) => !seen.has(row.id));
      for (const row of fresh) seen.add(row.id);
      rows.append(...fresh);
      state.added += fresh.length;
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
      if (addedBefore) {
        await more(addedBefore);
        scrollTo(0, topBefore);
      }
      observer.observe(link);
    }

    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      more();
    });
    addEventListener("pagehide", () => {
      history.replaceState({ added: state.added, top: scrollY }, "");
    });
    restore();
  }

  for (const section of document.querySelectorAll("[data-endless]")) grow(section);
})();
