// Keeps where somebody is, at the address of [data-place]: the block of a unit that is in view,
// and the second of a recording.
const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
const PAUSE = 60; // seconds of playing between two notes
const OVER = 15; // seconds before the end: who heard that far begins anew

function keep(address, fields) {
  const body = new URLSearchParams({ ...fields, csrfmiddlewaretoken: token });
  // A place that does not arrive is a nuisance, not a loss: the next one carries it.
  fetch(address, { method: "POST", body, keepalive: true }).catch(() => {});
}

const unit = document.querySelector("[data-unit]");
let seen = 1;
let kept = 1;

function keepBlock() {
  if (seen === kept) return;
  kept = seen;
  keep(unit.dataset.place, { unit: unit.dataset.unit, block: seen });
}

if (unit) {
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) seen = Number(entry.target.id.slice(1));
      }
    },
    { rootMargin: "0px 0px -60% 0px" },
  );
  for (const block of unit.querySelectorAll(':scope > [id^="b"]')) watcher.observe(block);
  addEventListener("scrollend", keepBlock);
  document.addEventListener("visibilitychange", keepBlock);
  addEventListener("pagehide", keepBlock);
}

const noted = new WeakMap();

function keepSecond({ target }) {
  const holder = target.closest?.("[data-place]");
  if (!holder || !target.matches("audio, video")) return;
  noted.set(target, target.currentTime);
  const over = target.duration - target.currentTime < OVER;
  const fields = { second: over ? 0 : Math.floor(target.currentTime) };
  if (target.dataset.document) fields.document = target.dataset.document;
  keep(holder.dataset.place, fields);
}
document.addEventListener("pause", keepSecond, true);
document.addEventListener("timeupdate", ({ target }) => {
  if (Math.abs(target.currentTime - (noted.get(target) ?? 0)) >= PAUSE) keepSecond({ target });
}, true);
addEventListener("pagehide", () => {
  for (const target of document.querySelectorAll("[data-place] :is(audio, video)")) {
    if (!target.paused) keepSecond({ target });
  }
});
