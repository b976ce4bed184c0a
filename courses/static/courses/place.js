// Keeps where the learner is: the block in view, and the second of a recording.
const unit = document.querySelector("[data-place]");
const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;

function keep(fields) {
  const body = new URLSearchParams({ ...fields, csrfmiddlewaretoken: token });
  // A place that does not arrive is a nuisance, not a loss: the next one carries it.
  fetch(unit.dataset.place, { method: "POST", body, keepalive: true }).catch(() => {});
}

let seen = 1;
let kept = 1;
const watcher = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) seen = Number(entry.target.id.slice(1));
    }
  },
  { rootMargin: "0px 0px -60% 0px" },
);
for (const block of unit.querySelectorAll(':scope > [id^="b"]')) watcher.observe(block);

function keepBlock() {
  if (seen === kept) return;
  kept = seen;
  keep({ unit: unit.dataset.unit, block: seen });
}
addEventListener("scrollend", keepBlock);
document.addEventListener("visibilitychange", keepBlock);

function keepSecond({ target }) {
  if (target.dataset?.document) {
    keep({ document: target.dataset.document, second: Math.floor(target.currentTime) });
  }
}
document.addEventListener("pause", keepSecond, true);
addEventListener("pagehide", () => {
  keepBlock();
  for (const target of unit.querySelectorAll("audio, video")) {
    if (!target.paused) keepSecond({ target });
  }
});
