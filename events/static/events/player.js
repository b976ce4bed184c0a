// A recording goes on where somebody left it: the server says where, for who is signed in, and
// this device for everybody else. Chapters and cues lead to their second.
const player = document.querySelector("[data-player]");
const key = `place:${player.dataset.player}`;
const offer = document.querySelector("[data-resume]");
const clock = (second) => `${Math.floor(second / 60)}:${String(Math.floor(second % 60)).padStart(2, "0")}`;

if (offer.dataset.words) {
  const place = Number(localStorage.getItem(key));
  if (place > 10 && !location.search.includes("t=")) {
    const link = offer.querySelector("a");
    link.textContent = `${offer.dataset.words} ${clock(place)}`;
    link.dataset.second = place;
    link.href = `?t=${place}`;
    offer.hidden = false;
  }
  let noted = 0;
  player.addEventListener("timeupdate", () => {
    if (Math.abs(player.currentTime - noted) < 5) return;
    noted = player.currentTime;
    if (player.duration - noted < 15) localStorage.removeItem(key);
    else localStorage.setItem(key, String(Math.floor(noted)));
  });
}

document.querySelector("main").addEventListener("click", (event) => {
  const link = event.target.closest("a[data-second]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.replaceState(null, "", link.href);
  player.currentTime = Number(link.dataset.second);
  player.play().catch(() => {}); // a browser may want another click first
  offer.hidden = true;
});
