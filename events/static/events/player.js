// A recording goes on where this device left it; chapters and cues lead to their second.
const player = document.querySelector("[data-player]");
const key = `place:${player.dataset.player}`;
const offer = document.querySelector("[data-resume]");
const clock = (second) => `${Math.floor(second / 60)}:${String(Math.floor(second % 60)).padStart(2, "0")}`;

const place = Number(localStorage.getItem(key));
if (place > 10 && !location.search.includes("t=")) {
  const button = offer.querySelector("button");
  button.textContent = `${offer.dataset.words} ${clock(place)}`;
  button.addEventListener("click", () => {
    player.currentTime = place;
    player.play();
    offer.hidden = true;
  });
  offer.hidden = false;
}

let noted = 0;
player.addEventListener("timeupdate", () => {
  if (Math.abs(player.currentTime - noted) < 5) return;
  noted = player.currentTime;
  if (player.duration - noted < 15) localStorage.removeItem(key);
  else localStorage.setItem(key, String(Math.floor(noted)));
});

document.querySelector("main").addEventListener("click", (event) => {
  const link = event.target.closest("a[data-second]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.replaceState(null, "", link.href);
  player.currentTime = Number(link.dataset.second);
  player.play().catch(() => {}); // a browser may want another click first
});
