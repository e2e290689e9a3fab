// Small repairs of what the theme writes, for readers who use a keyboard or a screen reader.
(() => {
  "use strict";

  // A box that scrolls sideways (a wide table or formula on a phone) must be reachable by keys.
  function reachable() {
    const boxes = ".pst-scrollable-table-container > table, mjx-container[display], .highlight pre";
    for (const box of document.querySelectorAll(boxes)) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }

  function repair() {
    // The words on the button are its name; the label written over them says something else.
    for (const summary of document.querySelectorAll("details > summary[aria-label]")) {
      summary.removeAttribute("aria-label");
    }
    // The list of references says that it is a list, its entries did not say that they are items.
    for (const entry of document.querySelectorAll(".citation-list > .citation")) {
      entry.setAttribute("role", "listitem");
    }
    reachable();
    window.MathJax?.startup?.promise?.then(reachable);
    window.addEventListener("resize", reachable);
  }

  window.addEventListener("load", repair);
})();
