// The form on the page "Which door to take": a link for a JupyterHub that has nbgitpuller.
(() => {
  "use strict";
  const REPOSITORY = "https://github.com/optedu/optedu";
  const FOLDER = REPOSITORY.split("/").at(-1);

  /** The link, or a sentence that says what is missing. */
  function make(address, page, form) {
    if (!address) return { words: "Type the address of your hub." };
    let hub;
    try {
      hub = new URL(address.includes("://") ? address : `https://${address}`);
    } catch {
      return { words: "This is not an address." };
    }
    if (!["https:", "http:"].includes(hub.protocol)) return { words: "The address begins with https." };
    const home = `${hub.origin}${hub.pathname}`.replace(/\/+$/, "").replace(/\/hub$/, "");
    const [branch, ending] = form === "text" ? ["main", "md"] : ["notebooks", "ipynb"];
    const wanted = new URLSearchParams({
      repo: REPOSITORY, branch, urlpath: `lab/tree/${FOLDER}/${page}.${ending}?autodecode`,
    });
    return { link: `${home}/hub/user-redirect/git-pull?${wanted}` };
  }

  function start() {
    const form = document.querySelector("form.oe-hub");
    if (!form) return;
    const { hub, page, link, copy } = form.elements;
    // The pages that can be run are those in the table of contents, in its order.
    const chapters = [...document.querySelectorAll(".bd-links a[href]")]
      .map((entry) => [entry.textContent.trim(), new URL(entry.href).pathname])
      .filter(([, path]) => /\/book\/chapters\/\w+\.html$/.test(path))
      .map(([title, path]) => [title, path.match(/book\/chapters\/\w+/)[0]]);
    page.replaceChildren(...chapters.map(([title, path]) => new Option(title, path)));
    const asked = new URLSearchParams(window.location.search).get("page");
    if (chapters.some(([, path]) => path === asked)) page.value = asked;

    function show() {
      const made = make(hub.value.trim(), page.value, form.elements.form.value);
      link.textContent = made.link ?? made.words;
      copy.disabled = !made.link;
    }
    form.addEventListener("input", show);
    form.addEventListener("submit", (event) => event.preventDefault());
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(link.textContent);
      copy.textContent = "Copied";
      setTimeout(() => { copy.textContent = "Copy the link"; }, 1500);
    });
    show();
  }

  document.addEventListener("DOMContentLoaded", start);
})();
