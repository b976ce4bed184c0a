// An open topic: how far was it read, what came meanwhile, and a quotation of what is selected.
const EVERY = 30_000; // ms between two looks for news, and between two notes of the place
const SETTLED = 500; // ms that a post is in sight before it counts as read

const form = document.querySelector("form[data-read]");
const news = document.querySelector("[data-news]");
const posts = [...document.querySelectorAll(".post")];
const numberOf = (post) => Number(post.id.replace("post-", ""));
let last = posts.length ? numberOf(posts.at(-1)) : 0;

// --- How far: only greater numbers, seldom, and when the page goes away ---
let read = Number(form.dataset.read), told = read;
function tell() {
  if (read <= told) return;
  const fields = new FormData(form);
  fields.set("number", read);
  fields.set("quietly", "1");
  if (navigator.sendBeacon(form.action, fields)) told = read;
}
const waits = new Map();
const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    clearTimeout(waits.get(target));
    if (!isIntersecting) continue;
    waits.set(target, setTimeout(() => { read = Math.max(read, numberOf(target)); }, SETTLED));
  }
});
posts.forEach((post) => watcher.observe(post));
setInterval(tell, EVERY);
document.addEventListener("visibilitychange", () => { if (document.hidden) tell(); });
addEventListener("pagehide", tell);

// --- What came meanwhile: said, and shown only when asked for, so that nothing moves ---
async function look() {
  if (document.hidden) return;
  try {
    const response = await fetch(`${news.dataset.news}?after=${last}`);
    if (!response.ok || response.redirected) return;
    const { count, first } = await response.json();
    if (!count) return;
    const link = document.createElement("a");
    link.href = `?post=${first}#post-${first}`;
    link.textContent = count === 1 ? news.dataset.one : news.dataset.more.replace("%s", count);
    link.addEventListener("click", (event) => show(event, link.href));
    news.replaceChildren(link);
  } catch {
    // The line is away: the next look says more.
  }
}

// The new posts alone are added below the last one.
async function show(event, address) {
  event.preventDefault();
  try {
    const response = await fetch(address);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = [...page.querySelectorAll(".post")].filter((post) => numberOf(post) > last);
    if (!response.ok || !fresh.length) throw new Error(response.status);
    document.querySelectorAll(".post").item(document.querySelectorAll(".post").length - 1).after(...fresh);
    fresh.forEach((post) => watcher.observe(post));
    last = numberOf(fresh.at(-1));
    news.replaceChildren();
    fresh[0].querySelector("a").focus({ preventScroll: true });
  } catch {
    location.assign(address);
  }
}
// Only the last page of a long topic is followed by what is new.
if (last && !document.querySelector('[rel="next"]')) setInterval(look, Number(news.dataset.every) || EVERY);

// --- What is selected in a post, quoted in the reply box ---
document.addEventListener("click", (event) => {
  const link = event.target.closest('.post a[href^="?quote="]');
  const selected = getSelection();
  const post = link?.closest(".post");
  if (!post || selected.isCollapsed || !post.contains(selected.anchorNode)) return;
  event.preventDefault();
  const area = document.querySelector("form[data-draft-form] [data-draft]");
  const who = post.querySelector(".post__head > a").textContent;
  const quote = selected.toString().trim().split("\n").map((line) => `> ${line}`).join("\n");
  const number = numberOf(post);
  const before = area.value ? `${area.value.trimEnd()}\n\n` : "";
  area.value = `${before}[${who} #${number}](${location.pathname}?post=${number}#post-${number}):\n\n${quote}\n\n`;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
});
