// Keeps counts and lists up to date after a follow, and makes lists grow on scrolling.
// Without this script, the same is done by links and by loading the page again.
(() => {
  "use strict";
  // A page that is opened again from the history is filled again before it scrolls.
  const { added: addedBefore = 0, top: topBefore = 0 } = history.state ?? {};

  async function load(url, headers = {}) {
    const response = await fetch(url, { headers });
    if (!response.ok) throw new Error(response.statusText);
    return new DOMParser().parseFromString(await response.text(), "text/html");
  }

  const inUse = (element) => element.contains(document.activeElement);
  const sections = () => document.querySelectorAll("[data-list]");

  // After a follow

  let turn = 0;

  async function refresh(selector) {
    const mine = ++turn;
    const size = document.querySelectorAll("[data-list] .row").length;
    const page = await load(sized(location.href, size)).catch(() => null);
    // After several follows in a row, only the last answer is used.
    if (!page || mine !== turn) return;
    for (const old of document.querySelectorAll(selector)) {
      const fresh = page.getElementById(old.id);
      if (fresh && !inUse(old)) old.replaceWith(fresh);
    }
    for (const section of sections()) update(section, page.getElementById(section.id));
  }

  document.addEventListener("sequere:change", () => refresh("[data-live]"));

  // A page from the browser's memory shows what was followed at that time.
  addEventListener("pageshow", (event) => {
    if (event.persisted) refresh("[data-live], .row");
  });

  function sized(url, size) {
    const found = new URL(url, location.href);
    if (size) found.searchParams.set("size", size);
    return found;
  }

  // Makes a list like the fresh one, but keeps a row whose button has just been pressed.
  function update(section, fresh) {
    const [old, now] = [section, fresh].map((each) => each?.querySelector(".rows, .empty"));
    if (!old || !now) return;
    const isEnd = !fresh.querySelector("a[rel=next]");
    if (!old.matches(".rows") || (now.matches(".empty") && !inUse(old))) old.replaceWith(now);
    else merge(old, now.matches(".rows") ? [...now.children] : [], isEnd);
  }

  function merge(rows, fresh, isEnd) {
    const ids = new Set(fresh.map((row) => row.id));
    const olds = [...rows.children];
    // The rows after the last common one stand on a later page, and may still be right.
    const end = isEnd ? olds.length : olds.findLastIndex((row) => ids.has(row.id));
    for (const row of olds.slice(0, end)) {
      row.classList.toggle("gone", !ids.has(row.id));
      if (!ids.has(row.id) && !inUse(row)) row.remove();
    }
    let before = null;
    for (const row of fresh) {
      const shown = document.getElementById(row.id);
      if (!shown) before ? before.after(row) : rows.prepend(row);
      before = shown ?? row;
    }
  }

  // Menus

  const openMenus = () => [...document.querySelectorAll(".menu[open]")];

  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      if (inUse(menu)) menu.querySelector("summary").focus();
      menu.open = false;
    }
  });

  // Lists that grow

  function grow(section) {
    const rows = section.querySelector(".rows");
    const link = section.querySelector("a[rel=next]");
    const progress = section.querySelector(".progress");
    if (!rows || !link) return;
    const state = { added: 0, busy: false };
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
        progress.textContent = "The rest of the list could not be loaded.";
        link.textContent = "Try again";
      } finally {
        state.busy = false;
        rows.setAttribute("aria-busy", "false");
      }
    }

    function append(page) {
      const fresh = [...page.querySelectorAll(".rows > li")].filter(
        (row) => !document.getElementById(row.id),
      );
      rows.append(...fresh);
      state.added += fresh.length;
      const next = page.querySelector("a[rel=next]")?.getAttribute("href");
      if (next) {
        link.href = next;
        link.textContent = "Show more";
        progress.textContent = `${rows.children.length} rows are shown.`;
        // It reports a link that is still in sight only if it is observed again.
        observer.observe(link);
      } else {
        end();
      }
    }

    function end() {
      progress.textContent = `All ${rows.children.length} rows are shown.`;
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

  for (const section of sections()) grow(section);
})();
