// Searches what stands in search-list.js: [title, address, words]. Runs from a file, so it is no module.
(() => {
  const MOST = 50;
  const AROUND = 60; // letters of what is shown on each side of the first word
  const form = document.querySelector("[data-search]");
  const status = form.querySelector("[data-status]");
  const found = form.querySelector("[data-found]");
  const plain = (text) => text.normalize("NFC").toLowerCase();
  const entries = window.ENTRIES.map(([title, address, words]) => {
    const text = words.replace(/\s+/g, " ").trim();
    return { title, address, text, inTitle: plain(title), all: plain(`${title} ${text}`) };
  });

  function score(entry, words) {
    let sum = 0;
    for (const word of words) {
      const at = entry.all.indexOf(word);
      if (at < 0) return 0;
      sum += entry.inTitle.includes(word) ? 3 : 1;
      if (at === 0 || !/[\p{L}\p{N}\p{M}]/u.test(entry.all[at - 1])) sum += 1; // a word begins so
    }
    return sum;
  }

  function passage(entry, words) {
    const text = plain(entry.text);
    const places = words.map((word) => text.indexOf(word)).filter((at) => at >= 0);
    const first = places.length ? Math.min(...places) : 0;
    const from = Math.max(0, first - AROUND);
    const part = entry.text.slice(from, first + AROUND * 2);
    return `${from ? "…" : ""}${part}${from + part.length < entry.text.length ? "…" : ""}`;
  }

  function line(entry, words) {
    const item = document.createElement("li");
    item.className = "list__item";
    const link = document.createElement("a");
    link.className = "list__title";
    link.href = entry.address;
    link.textContent = entry.title;
    const about = document.createElement("p");
    about.textContent = passage(entry, words);
    item.append(link, about);
    return item;
  }

  function look() {
    const words = plain(form.elements.q.value).split(/\s+/).filter(Boolean);
    const hits = words.length ? entries.map((entry) => [score(entry, words), entry]).filter(([points]) => points) : [];
    hits.sort((one, other) => other[0] - one[0]);
    found.replaceChildren(...hits.slice(0, MOST).map(([, entry]) => line(entry, words)));
    found.hidden = !hits.length;
    const { one, many, none } = status.dataset;
    status.textContent = !words.length ? "" : hits.length ? `${hits.length} ${hits.length === 1 ? one : many}` : none;
  }

  form.hidden = false;
  form.addEventListener("input", look);
  form.addEventListener("submit", (event) => event.preventDefault());
})();
