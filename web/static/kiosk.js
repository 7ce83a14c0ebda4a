// Small comforts. Every page is complete without them.
"use strict";

(() => {
  const box = document.getElementById("q");
  const form = box && box.form;
  if (!form) return;

  // "/" goes to the search box, as on many sites, unless the reader is writing somewhere.
  document.addEventListener("keydown", (event) => {
    const writing = event.target.closest("input, select, textarea, [contenteditable]");
    if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });

  // Enter that ends the composing of a word is not yet a search; 229 is how some browsers report it.
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) event.preventDefault();
  });

  // What is typed decides the direction of the box; its placeholder has that of the page.
  box.addEventListener("input", () => { box.dir = box.value ? "auto" : document.documentElement.dir; });

  // Empty fields stay out of the address; they are given back for when the reader returns to this page.
  const fields = () => form.querySelectorAll("input[name], select[name]");
  form.addEventListener("submit", () => {
    for (const field of fields()) field.disabled = field.value === "" && field !== box;
  });
  window.addEventListener("pageshow", () => {
    for (const field of fields()) field.disabled = false;
  });

  // Beside the results there is room: the filters stand open.
  const filters = document.getElementById("filters");
  const wide = window.matchMedia("(min-width: 60rem)");
  if (filters) {
    if (wide.matches) filters.open = true;
    wide.addEventListener("change", () => { filters.open = wide.matches; });
  }
})();
