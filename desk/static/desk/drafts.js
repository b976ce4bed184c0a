// Keeps what is typed on this device, and says so; cleared once the server has confirmed it.
for (const form of document.querySelectorAll("form[data-drafts]")) {
  const key = `draft:${form.dataset.drafts}`;
  const area = form.querySelector("[data-draft]");
  const state = form.querySelector("[data-draft-state]");
  if (!area.value) area.value = localStorage.getItem(key) || "";
  area.addEventListener("input", () => {
    localStorage.setItem(key, area.value);
    state.textContent = "Kept on this device";
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name !== "preview") sessionStorage.setItem("sent", key);
  });
  // A page without errors after sending: the server has it.
  if (sessionStorage.getItem("sent") && !document.querySelector(".errors")) {
    const sent = sessionStorage.getItem("sent");
    if (sent === key && area.value === localStorage.getItem(key)) area.value = "";
    localStorage.removeItem(sent);
    sessionStorage.removeItem("sent");
  }
}
