// The page of a sitting: every answer on this device at once and on the server as soon as the
// line lets it; the label says which. Tells the server that it is there; the answer sets the clock.
const form = document.querySelector("form[data-attempt]");
const { Journal } = await import(form.dataset.journal);
const state = document.querySelector("[data-state]");
const clock = document.querySelector("[data-left]");
const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
const interval = Number(form.dataset.interval) * 1000;
const PATIENCE = Math.min(10_000, 5 * interval); // with a line that is neither there nor gone
const TYPING = 800;

const slotOf = (id) => form.querySelector(`[data-slot="${id}"]`);
const say = (name) => {
  const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  state.textContent = state.dataset[name].replace("%s", time);
};
const inputsOf = (id) =>
  [...form.elements].filter((input) => input.name.startsWith(`s${id}-`) && !input.name.endsWith("-base"));

function fieldsOf(id) {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (name.startsWith(`s${id}-`) && !name.endsWith("-base")) fields.append(name, value);
  }
  return fields.toString();
}

function show(id, text) {
  const fields = new URLSearchParams(text);
  for (const input of inputsOf(id)) {
    if (input.type === "radio" || input.type === "checkbox") {
      input.checked = fields.getAll(input.name).includes(input.value);
    } else input.value = fields.get(input.name) || "";
  }
}

async function post(path, fields) {
  const body = new URLSearchParams(fields);
  if (!document.hidden) body.set("watched", "1");
  const response = await fetch(path, {
    method: "POST", body, headers: { "X-CSRFToken": token }, signal: AbortSignal.timeout(PATIENCE),
  });
  if (response.redirected) throw new Error("signed out");
  if (![200, 409, 422].includes(response.status)) throw new Error(response.status);
  const answer = await response.json();
  if (answer.clock) setClock(answer.clock);
  return { status: response.status, answer };
}

// --- The clock: seconds come from the server, and only their passing from this computer ---
let ends = 0, paused = false, warned = Infinity;
function setClock(times) {
  ends = performance.now() + times.left * 1000;
  if (paused !== times.paused) state.textContent = times.paused ? state.dataset.paused : "";
  paused = times.paused;
  document.querySelector("[data-until]").textContent = times.until;
  if (times.over) location.reload();
  else tickClock(times.left);
}
function tickClock(given) {
  if (paused && given === undefined) return;
  const seconds = given ?? Math.max(0, Math.round((ends - performance.now()) / 1000));
  clock.textContent = `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
  for (const mark of [300, 60]) {
    if (seconds <= mark && warned > mark) {
      warned = mark;
      document.querySelector("[data-warning]").textContent = seconds ? clock.dataset.warning.replace("%s", Math.ceil(seconds / 60)) : "";
    }
  }
}

// --- Sending ---
let journal, sending = false, again = false, failing = false, timer = 0, keeping = Promise.resolve();

async function offer(entry) {
  const fields = new URLSearchParams(entry.fields);
  fields.set("seq", entry.seq);
  fields.set("base", entry.base);
  fields.set("client", journal.client);
  const { status, answer } = await post(form.dataset.address.replace("/0/", `/${entry.slot}/`), fields);
  if (status === 200) {
    await journal.forget(entry);
    await arrived(entry.slot, entry.seq);
    tabs.postMessage({ id: entry.slot, seq: entry.seq });
  } else if (answer.closed) {
    state.textContent = answer.error;
    location.assign(form.dataset.review);
  } else if (answer.last) {
    // Another browser answered meanwhile: the answer that was given later counts.
    if ((Date.now() - entry.at) / 1000 <= answer.ago) await journal.raise(entry, answer.last);
    else {
      await journal.forget(entry);
      location.reload();
    }
  } else if (status === 422) {
    await journal.forget(entry);
    slotOf(entry.slot).dataset.kept = "";
    state.textContent = answer.error;
  }
}

// The server has an answer, sent by this tab or by another one.
async function arrived(id, seq) {
  slotOf(id).dataset.base = seq;
  slotOf(id).toggleAttribute("data-answered", [...new URLSearchParams(fieldsOf(id)).values()].some(Boolean));
  document.querySelector("[data-count]").textContent = form.querySelectorAll("[data-answered]").length;
  if (!(await journal.pending()).some((entry) => entry.slot === id)) slotOf(id).dataset.kept = "server";
}

async function send() {
  if (sending) again = true; // what was answered, or seen again, while something was under way
  if (sending || !journal) return;
  sending = true;
  again = false;
  clearTimeout(timer);
  try {
    await keeping;
    const waiting = await journal.pending();
    for (const entry of waiting) await offer(entry);
    if (!waiting.length) await post(form.dataset.beat);
    const left = await journal.pending();
    if (waiting.length && !left.length && !paused) say("server");
    if (journal.finish && !left.length && !paused) {
      const { answer } = await post(form.dataset.finish);
      await journal.wishToFinish(false);
      location.assign(answer.review);
    }
    failing = false;
    form.dataset.line = "up";
  } catch {
    failing = true;
    form.dataset.line = "down";
    say("device");
  } finally {
    sending = false;
    const wait = failing ? interval / 4 : interval;
    timer = setTimeout(send, again && !failing ? 0 : wait);
  }
}

// --- What the person does ---
const tabs = new BroadcastChannel(`attempt:${form.dataset.attempt}`);
let typing = 0;

function changed(event) {
  const id = event.target.closest("[data-slot]")?.dataset.slot;
  if (!id) return;
  const fields = fieldsOf(id);
  slotOf(id).dataset.kept = "";
  keeping = keeping.then(() => journal.keep(id, fields, Number(slotOf(id).dataset.base))).then(() => {
    if (slotOf(id).dataset.kept !== "server") slotOf(id).dataset.kept = "device";
    say("device");
    tabs.postMessage({ id, fields });
  }).catch(() => { state.textContent = state.dataset.full; });
  clearTimeout(typing);
  typing = setTimeout(send, event.target.matches("input[type=text], textarea") ? TYPING : 0);
}

async function begin() {
  setClock(JSON.parse(form.dataset.clock));
  setInterval(tickClock, 500);
  try {
    journal = await Journal.open(form.dataset.attempt, Number(form.dataset.last));
  } catch {
    return; // no store on this device: the form alone keeps answers, by its button
  }
  for (const entry of await journal.pending()) {
    show(entry.slot, entry.fields);
    slotOf(entry.slot).dataset.kept = "device";
  }
  form.addEventListener("input", changed);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await keeping;
    if (event.submitter?.name === "finish") {
      await journal.wishToFinish(true);
      say("finishing");
    }
    send();
  });
  tabs.onmessage = ({ data }) => (data.seq ? arrived(data.id, data.seq) : show(data.id, data.fields));
  addEventListener("online", send);
  document.addEventListener("visibilitychange", send);
  form.dataset.ready = "1";
  send();
}
begin();
