// Ways to go on while a query is typed: a combobox with a listbox, after the pattern of the ARIA Authoring Practices
// ("list autocomplete with manual selection"). Without this script the box is a plain one.
"use strict";

(() => {
  const box = document.getElementById("q");
  const list = document.getElementById("suggestions");
  if (!box || !list) return;

  const PAUSE = 90; // milliseconds without a key before the server is asked
  let pause = 0;
  let question = new AbortController();
  let chosen = -1;

  box.type = "text"; // one of type "search" may not be a combobox
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", list.id);
  box.setAttribute("aria-expanded", "false");

  const isOpen = () => !list.hidden;
  const composes = (event) => event.isComposing || event.keyCode === 229; // 229 is how some browsers report it

  const choose = (place) => {
    chosen = place;
    [...list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === place)));
    const option = list.children[place];
    if (option) {
      box.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      box.removeAttribute("aria-activedescendant");
    }
  };

  const close = () => {
    clearTimeout(pause);
    question.abort();
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    choose(-1);
  };

  const show = (suggestions) => {
    list.replaceChildren(...suggestions.map(({ text, lang }, at) => {
      const option = document.createElement("li");
      option.id = `suggestion-${at}`;
      option.setAttribute("role", "option");
      option.lang = lang === "und" ? "" : lang;
      option.dir = "auto";
      option.textContent = text;
      return option;
    }));
    list.hidden = !suggestions.length;
    box.setAttribute("aria-expanded", String(isOpen()));
    choose(-1);
  };

  const ask = async () => {
    const typed = box.value;
    question.abort();
    question = new AbortController();
    if (!typed.trim()) return close();
    const params = new URLSearchParams({ q: typed });
    for (const filter of box.form.querySelectorAll('input[name="lang"]')) params.append("lang", filter.value);
    try {
      const response = await fetch(`/api/v1/suggest?${params}`, { signal: question.signal });
      const answer = response.ok ? await response.json() : { suggestions: [] };
      // What was asked for is no longer what stands in the box: the answer comes too late.
      if (box.value === typed && document.activeElement === box) show(answer.suggestions);
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  };

  const askSoon = () => {
    choose(-1);
    clearTimeout(pause);
    pause = setTimeout(ask, PAUSE);
  };

  const take = (option) => {
    box.value = option.textContent;
    close();
    box.form.requestSubmit();
  };

  box.addEventListener("input", (event) => { if (!event.isComposing) askSoon(); });
  box.addEventListener("compositionend", askSoon);
  box.addEventListener("blur", close);
  box.form.addEventListener("submit", close);
  window.addEventListener("pageshow", close);

  box.addEventListener("keydown", (event) => {
    if (composes(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const count = list.children.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen()) ask();
      // Before the first and behind the last stands the box itself, with what was typed.
      else choose(((chosen + 1 + (event.key === "ArrowDown" ? 1 : count)) % (count + 1)) - 1);
    } else if (event.key === "Enter" && isOpen() && chosen >= 0) {
      event.preventDefault();
      take(list.children[chosen]);
    } else if (event.key === "Escape" && (isOpen() || box.value)) {
      event.preventDefault();
      if (!isOpen()) box.value = "";
      close();
    }
  });

  list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
})();
