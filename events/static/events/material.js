// Follows the cutting of slides: only what changed is put in, so focus and place stay.
const PAUSE = 4000;
const parts = "progress, [role=status]";

async function look() {
  try {
    const response = await fetch(location.href);
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    if (!fresh.querySelector("script[src*='events/material']")) return location.reload(); // over
    const news = fresh.querySelectorAll(`main :is(${parts})`);
    document.querySelectorAll(`main :is(${parts})`).forEach((old, place) => {
      if (old.outerHTML !== news[place].outerHTML) old.replaceWith(news[place]);
    });
  } catch {
    // no line for now: the next look tells
  }
  setTimeout(look, PAUSE);
}

setTimeout(look, PAUSE);
