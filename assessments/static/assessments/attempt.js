// Keeps every answer as it is given: on this device at once, on the server as soon as the line
// lets it. The label says which. The clock follows the server's.
const form = document.querySelector("form[data-attempt]");
const state = document.querySelector("[data-state]");
const key = `attempt:${form.dataset.attempt}`;
const pending = new Map(Object.entries(JSON.parse(localStorage.getItem(key) || "{}")));
let sequence = Math.max(Date.now() % 1e9, ...[...pending.values()].map((row) => row.seq));
let sending = false;
let finishing = false;

const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
const now = () => new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const remember = () => {
  if (pending.size) localStorage.setItem(key, JSON.stringify(Object.fromEntries(pending)));
  else localStorage.removeItem(key);
};

function fieldsOf(slot) {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (name.startsWith(`s${slot}-`)) fields.append(name, value);
  }
  return fields.toString();
}

function restore() {
  for (const [slot, row] of pending) {
    const fields = new URLSearchParams(row.fields);
    for (const input of form.querySelectorAll(`[name^="s${slot}-"]`)) {
      if (input.type === "radio" || input.type === "checkbox") {
        input.checked = fields.getAll(input.name).includes(input.value);
      } else input.value = fields.get(input.name) || "";
    }
  }
}

async function send() {
  if (sending || !pending.size) return;
  sending = true;
  try {
    for (const [slot, row] of [...pending]) {
      const body = new URLSearchParams(row.fields);
      body.set("seq", row.seq);
      const response = await fetch(`slots/${slot}/`, {
        method: "POST",
        body,
        headers: { "X-CSRFToken": token },
      });
      const answer = await response.json();
      if (response.status === 409) {
        state.textContent = answer.error;
        return;
      }
      if (response.ok && pending.get(slot)?.seq === row.seq) pending.delete(slot);
      if (response.status === 422 && answer.last) {
        sequence = Math.max(sequence, answer.last);
        pending.set(slot, { ...row, seq: ++sequence });
      }
    }
    remember();
    state.textContent = pending.size ? "" : `${state.dataset.saved || "Kept on the server"} ${now()}`;
  } catch {
    state.textContent = `Kept on this device ${now()}. It is sent when the line is back.`;
  } finally {
    sending = false;
  }
}

form.addEventListener("change", (event) => {
  const slot = event.target.closest("[data-slot]")?.dataset.slot;
  if (!slot) return;
  pending.set(slot, { fields: fieldsOf(slot), seq: ++sequence });
  remember();
  state.textContent = `Kept on this device ${now()}`;
  send();
});
form.addEventListener("submit", () => {
  finishing = true;
  localStorage.removeItem(key); // the form itself carries every answer
});
addEventListener("online", send);
addEventListener("beforeunload", () => finishing || remember());
setInterval(send, 4000);

const clock = document.querySelector("[data-seconds]");
const ends = performance.now() + Number(clock.dataset.seconds) * 1000;
const left = clock.querySelector("[data-left]");
setInterval(() => {
  const seconds = Math.max(0, Math.round((ends - performance.now()) / 1000));
  left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}, 1000);
restore();
send();
