// While a question is being typed: what was said before, under the form.
const PAUSE = 600; // ms after the last key
const form = document.querySelector("form[data-similar]");
const hits = form.querySelector("[data-similar-hits]");
let timer;
let asked = "";

async function look() {
  const words = `${form.elements.title.value} ${form.elements.body.value}`.trim().slice(0, 400);
  if (words.length < 12 || words === asked) return;
  asked = words;
  try {
    const answer = await fetch(`${form.dataset.similar}?${new URLSearchParams({ q: words })}`);
    if (!answer.ok || answer.redirected || words !== asked) return;
    hits.innerHTML = await answer.text();
    form.elements.similar_seen.value = "1"; // no step between writing and posting
  } catch {
    // The line is away: the form works without this.
  }
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(look, PAUSE);
});
