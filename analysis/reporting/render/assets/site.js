// Tabs, the folding navigation and the table of contents. Pages read well without it.
(() => {
  "use strict";

  const toggler = document.querySelector(".navbar-toggler");
  const links = document.getElementById("navbar-links");
  if (toggler && links) {
    document.documentElement.classList.add("jk-script");
    toggler.hidden = false;
    toggler.addEventListener("click", () => {
      const open = toggler.getAttribute("aria-expanded") !== "true";
      toggler.setAttribute("aria-expanded", String(open));
      links.classList.toggle("open", open);
    });
  }

  const contents = document.querySelector("#TOC details");
  const narrow = window.matchMedia("(max-width: 991px)");
  if (contents) {
    const fold = () => { contents.open = !narrow.matches; };
    fold();
    narrow.addEventListener("change", fold);
  }

  for (const set of document.querySelectorAll(".panel-tabset")) {
    const panes = [...set.children].filter((part) => part.classList.contains("tab-pane"));
    const list = document.createElement("div");
    list.className = "nav-tabs";
    list.setAttribute("role", "tablist");
    const tabs = panes.map((pane) => {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.id = `${pane.id}-button`;
      tab.textContent = pane.querySelector(".tab-title").textContent.trim();
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", pane.id);
      pane.setAttribute("role", "tabpanel");
      pane.setAttribute("aria-labelledby", tab.id);
      list.append(tab);
      return tab;
    });
    const choose = (chosen) => tabs.forEach((tab, position) => {
      const active = position === chosen;
      tab.setAttribute("aria-selected", String(active));
      tab.tabIndex = active ? 0 : -1;
      panes[position].classList.toggle("active", active);
    });
    tabs.forEach((tab, position) => {
      tab.addEventListener("click", () => choose(position));
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (step) {
          const next = (position + step + tabs.length) % tabs.length;
          choose(next);
          tabs[next].focus();
        }
      });
    });
    set.prepend(list);
    set.classList.add("jk-tabs");
    choose(0);
  }

  const entries = new Map(
    [...document.querySelectorAll("#TOC a")].map((a) => [decodeURIComponent(a.hash.slice(1)), a]),
  );
  const headings = [...entries.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  const mark = () => {
    const passed = headings.filter((heading) => heading.getBoundingClientRect().top < 120);
    const current = passed.length ? passed[passed.length - 1] : headings[0];
    entries.forEach((a, id) => a.classList.toggle("active", current && current.id === id));
  };
  if (headings.length) {
    document.addEventListener("scroll", mark, { passive: true });
    mark();
  }

  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((part) => { part.open = true; });
  });
})();
