// Forms on which people write: each key on this device first, then a copy on the server; the
// label says which. What another tab keeps under the same cid is never written over: this tab
// goes on under a new one.
const PAUSE = 3000; // ms after a key, until the server gets a copy: never more often
const AGAIN = 15_000; // ms until it is asked again
const PATIENCE = 10_000;
const NOT_TEXT = ["csrfmiddlewaretoken", "writer", "cid", "base", "similar_seen", "drop"];
const NOT_SENT = ["preview", "keep", "answers"]; // buttons that post nothing yet

// Texts that are not posted yet, kept on this device, without a page.
//
// All tabs of a browser share one database. `stamp` counts what was kept under one cid: a tab
// that knows an older stamp may not write over what another tab kept.

const STRICT = { durability: "strict" }; // on the disk, not on its way there

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("forum-drafts", 1);
    request.onupgradeneeded = () =>
      request.result.createObjectStore("drafts", { keyPath: ["person", "cid"] });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// Of a version 4 UUID; crypto.randomUUID needs https.
function newCid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

class Store {
  static async open(person) {
    const store = new Store();
    store.person = person;
    store.database = await opened();
    return store;
  }

  // Keep `draft`, which follows `draft.stamp`; its new stamp, or 0 where another tab was there.
  async keep(draft) {
    let stamp = 0;
    await this.change((drafts) => {
      const found = drafts.get([this.person, draft.cid]);
      found.onsuccess = () => {
        if (found.result && found.result.stamp !== draft.stamp) return;
        stamp = draft.stamp + 1;
        drafts.put({ ...draft, person: this.person, stamp });
      };
    });
    return stamp;
  }

  // Note what the server said or what happened to a draft, whatever was typed meanwhile.
  note(cid, facts) {
    return this.change((drafts) => {
      const found = drafts.get([this.person, cid]);
      found.onsuccess = () => {
        if (found.result) drafts.put({ ...found.result, ...facts });
      };
    });
  }

  async get(cid) {
    return (await this.change((drafts) => drafts.get([this.person, cid]))).result;
  }

  async all() {
    const mine = IDBKeyRange.bound([this.person, ""], [this.person, "\uffff"]);
    const rows = (await this.change((drafts) => drafts.getAll(mine))).result;
    return rows.sort((one, other) => other.at - one.at);
  }

  forget(cid) {
    return this.change((drafts) => drafts.delete([this.person, cid]));
  }

  change(step) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction("drafts", "readwrite", STRICT);
      const request = step(transaction.objectStore("drafts"));
      transaction.oncomplete = () => resolve(request);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }
}

// --- The forms and the list of this page

const forms = [...document.querySelectorAll("form[data-draft-form]")];
const list = document.querySelector("[data-draft-list]");
const page = forms[0] || list; // a page without either keeps nothing
const { person, url } = page?.dataset ?? {};
const store = page && (await Store.open(person));

const clock = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const words = (draft) => (draft.words || "").trim();

async function status(cid) {
  const response = await fetch(`${url}${cid}/`, { signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok || response.redirected) throw new Error(response.status);
  return response.json();
}

// What was sent from here: forgotten once the server says that it was posted.
async function settle() {
  for (const draft of (await store.all()).filter((each) => each.sent)) {
    try {
      const { state } = await status(draft.cid);
      const gone = state === "unknown" && draft.base > 0; // it was there, and an edit took it
      if (state === "posted" || gone) await store.forget(draft.cid);
      else await store.note(draft.cid, { sent: false });
    } catch {
      // Not known while the line is away: the text stays.
    }
  }
}

function row(draft, control) {
  const item = document.createElement("li");
  item.className = "list__item";
  const text = document.createElement("p");
  text.textContent = `${words(draft).slice(0, 120)} (${clock(draft.at)})`;
  item.append(text, control);
  return item;
}

function offer(box, drafts, control) {
  box.querySelector("ul").replaceChildren(...drafts.map((draft) => row(draft, control(draft))));
  box.hidden = !drafts.length;
}

if (page) {
  await settle();
  if (list) await choose();
  for (const form of forms) await write(form);
}

// --- The page of all drafts -----------------------------------------------------------------

async function choose() {
  const there = new Set();
  for (const discard of document.querySelectorAll("[data-draft-discard]")) {
    there.add(discard.dataset.draftDiscard);
    discard.addEventListener("submit", () => store.forget(discard.dataset.draftDiscard));
  }
  const here = (await store.all()).filter((draft) => words(draft) && !there.has(draft.cid));
  offer(list, here, (draft) => {
    const link = document.createElement("a");
    link.href = draft.url;
    link.textContent = list.querySelector("ul").dataset.button;
    link.addEventListener("click", () => sessionStorage.setItem(`draft:${draft.place}`, draft.cid));
    return link;
  });
}

// --- A form ---------------------------------------------------------------------------------

async function write(form) {
  const label = form.querySelector("[data-draft-state]");
  const { cid, base } = form.elements;
  const [place, id] = [form.dataset.place, form.dataset.placeId];
  const own = `draft:${place}:${id}`; // of this tab; stays through a reload and a crash
  const typed = "typed" in form.dataset; // the server gave back what was sent
  let draft = { cid: cid.value, base: Number(base.value), place: `${place}:${id}`, stamp: 0 };
  draft.url = form.dataset.page;
  let deviceAt = 0, serverAt = 0, trouble = "", timer = 0;
  let keeping = false, again = false, sending = null, leaving = false;

  function fieldsOf() {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && !NOT_TEXT.includes(name)) fields.append(name, value);
    }
    return fields.toString();
  }

  // What was written into the form, for lists of drafts.
  function wordsOf() {
    const written = [...form.elements].filter((input) => input.matches("textarea, input[type=text]"));
    return written.map((input) => input.value).join(" ").trim();
  }

  function say() {
    const parts = [];
    if (deviceAt) parts.push(label.dataset.device.replace("%s", clock(deviceAt)));
    if (serverAt) parts.push(label.dataset.server.replace("%s", clock(serverAt)));
    else if (deviceAt) parts.push(label.dataset.notYet);
    if (trouble) parts.push(label.dataset[trouble]);
    label.textContent = parts.join(" ");
  }

  // This tab goes on under a new cid, beside what is there.
  function moveAside() {
    draft = { ...draft, cid: newCid(), base: 0, stamp: 0, server: undefined };
    serverAt = 0;
    remember();
  }

  function remember() {
    [cid.value, base.value] = [draft.cid, draft.base];
    sessionStorage.setItem(own, draft.cid);
  }

  // Show a text that was kept, and go on with it.
  function take(kept) {
    draft = { ...kept, sent: false };
    const fields = new URLSearchParams(kept.fields);
    for (const input of form.elements) {
      if (!input.name || NOT_TEXT.includes(input.name)) continue;
      if (input.type === "radio" || input.type === "checkbox") {
        input.checked = fields.getAll(input.name).includes(input.value);
      } else if (!["file", "submit"].includes(input.type)) input.value = fields.get(input.name) ?? input.value;
    }
    deviceAt = kept.at;
    form.closest("details")?.setAttribute("open", "");
    remember();
    say();
  }

  async function keepHere() {
    again = true;
    if (keeping) return;
    keeping = true;
    try {
      while (again) {
        again = false;
        draft = { ...draft, fields: fieldsOf(), words: wordsOf(), at: Date.now(), sent: false };
        const stamp = await store.keep(draft);
        if (stamp) draft.stamp = stamp;
        else {
          moveAside();
          trouble = "beside";
          again = true;
        }
      }
      deviceAt = draft.at;
      remember();
    } catch (error) {
      trouble = "failed";
      throw error;
    } finally {
      keeping = false;
      say();
    }
    plan(PAUSE);
  }

  function plan(wait) {
    if (!timer && !leaving) timer = setTimeout(keepThere, wait);
  }

  async function keepThere() {
    timer = 0;
    if (sending || leaving || !words(draft) || draft.fields === draft.server) return;
    sending = new AbortController();
    const { cid: sent, fields, base: known } = draft;
    let wait = 0;
    try {
      const body = new URLSearchParams(fields);
      body.set(place, id);
      body.set("base", known);
      const response = await fetch(`${url}${sent}/`, {
        method: "POST", body, headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
        signal: AbortSignal.any([sending.signal, AbortSignal.timeout(PATIENCE)]),
      });
      wait = await answered(response, sent, fields);
    } catch {
      trouble = "away";
      wait = AGAIN;
    } finally {
      sending = null;
    }
    say();
    if (wait || draft.fields !== fields) plan(wait || PAUSE);
  }

  // What the server said of a copy; how long to wait before the next try, 0 for none.
  async function answered(response, sent, fields) {
    if (response.redirected) {
      trouble = "signedOut";
      return AGAIN;
    }
    if (response.status === 403) {
      // Somebody signed in again in another tab: the form has the token of the old session.
      form.elements.csrfmiddlewaretoken.value = (await status(sent)).token;
      return 1;
    }
    const answer = [200, 409].includes(response.status) ? await response.json() : {};
    if (answer.state === "draft") {
      draft.base = base.value = answer.revision;
      draft.server = fields;
      serverAt = Date.now();
      trouble = trouble === "beside" ? trouble : "";
      await store.note(sent, { base: answer.revision, server: fields });
      return 0;
    }
    if (answer.state === "posted" || answer.state === "newer") {
      if (answer.state === "posted") await store.forget(sent);
      moveAside();
      trouble = "beside";
      await keepHere();
      return 0;
    }
    trouble = "away";
    return Math.max(AGAIN, 1000 * (Number(response.headers.get("Retry-After")) || 0));
  }

  async function begin() {
    const found = await store.get(draft.cid);
    if (typed) {
      draft.stamp = found?.stamp || 0;
      await keepHere();
    } else if (found) {
      const unsent = found.fields !== found.server;
      if (unsent && found.base < draft.base) {
        await store.keep({ ...found, cid: newCid(), base: 0, stamp: 0, server: undefined });
      }
      if (unsent && found.base >= draft.base) take(found);
      else {
        draft = { ...draft, stamp: found.stamp, fields: fieldsOf(), server: fieldsOf() };
        remember();
      }
    } else {
      const mine = sessionStorage.getItem(own);
      const kept = mine && !draft.base && (await store.get(mine));
      if (kept) take(kept);
    }
  }

  await begin();
  const others = (await store.all()).filter(
    (other) => other.place === draft.place && other.cid !== draft.cid && words(other),
  );
  const box = form.previousElementSibling;
  offer(box, others, (other) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--quiet";
    button.textContent = box.querySelector("ul").dataset.button;
    button.addEventListener("click", async () => {
      take((await store.get(other.cid)) || other);
      box.hidden = true;
      form.querySelector("textarea, input[type=text]").focus();
    });
    return button;
  });
  form.addEventListener("input", keepHere);
  form.addEventListener("submit", (event) => {
    leaving = true;
    timer = clearTimeout(timer);
    sending?.abort();
    if (!NOT_SENT.includes(event.submitter?.name)) store.note(draft.cid, { sent: true });
  });
  addEventListener("pageshow", () => { leaving = false; });
  document.addEventListener("visibilitychange", () => keepThere());
  if (fieldsOf() !== draft.fields && draft.fields !== undefined) await keepHere();
  form.dataset.ready = "";
  say();
}
