// A check question inside a unit: its feedback comes without leaving the page.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-check]");
  if (!form) return;
  event.preventDefault();
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { "X-Fragment": "1" },
    });
    if (!response.ok && response.status !== 422) throw new Error(response.status);
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    form.querySelector("[role=status]").replaceChildren(
      ...fresh.querySelector("[role=status]").childNodes,
    );
  } catch {
    form.submit(); // no line, or signed out: the plain way says what is wrong
  }
});
