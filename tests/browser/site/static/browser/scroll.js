// Asks for more whenever the end of the list comes near, until there is no more.
(() => {
  "use strict";
  const list = document.querySelector("ol[data-url]");
  const end = document.getElementById("end");
  let after = "";

  async function more() {
    observer.unobserve(end);
    const response = await fetch(`${list.dataset.url}?${new URLSearchParams({ after })}`);
    const page = await response.json();
    for (const name of page.followers)
      list.append(Object.assign(document.createElement("li"), { textContent: name }));
    after = page.next;
    if (after === null) end.textContent = "That is all.";
    else observer.observe(end);
  }

  const observer = new IntersectionObserver(
    (entries) => {
      if (entries.some((entry) => entry.isIntersecting)) more();
    },
    { rootMargin: "100px" },
  );
  more();
})();
