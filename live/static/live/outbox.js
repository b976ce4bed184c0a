// What a person sent, kept on this device, and which tab of the browser sends it.
// Two tabs may send the same command: it has its own id.

const KEEP = 48 * 3600 * 1000; // what was acknowledged can be offered again for so long
const PATIENCE = 3000; // ms until a database counts as missing

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("live", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("sent", { keyPath: "command.cid" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    setTimeout(reject, PATIENCE);
  });
}

// Commands from before they are sent until 48 hours after they were acknowledged, with the
// epoch of the acknowledgement. Memory has all of this session, the disk follows.
export class Outbox {
  static async open(room) {
    const outbox = new Outbox();
    outbox.room = room;
    outbox.memory = new Map();
    outbox.draftKey = `live:${room}:draft`;
    outbox.disk = await opened().catch(() => null); // forbidden: memory is all there is
    await outbox.load();
    return outbox;
  }
  get durable() { return Boolean(this.disk); }
  async load() {
    const found = await this.write((sent) => sent.getAll());
    for (const entry of found?.result || []) {
      const old = Date.now() - entry.at > KEEP && (entry.state !== "waiting" || entry.offered);
      if (old) this.remove(entry.command.cid);
      else if (entry.room === this.room) this.memory.set(entry.command.cid, entry);
    }
  }
  // One transaction, done when it is on the disk and not on its way there.
  change(act) {
    return new Promise((resolve, reject) => {
      const transaction = this.disk.transaction("sent", "readwrite", { durability: "strict" });
      const request = act(transaction.objectStore("sent"));
      transaction.oncomplete = () => resolve(request);
      transaction.onabort = () => reject(transaction.error);
    });
  }
  async write(act) {
    try { return this.disk && await this.change(act); } catch { this.disk = null; } // full, or gone
  }
  // Resolved when the entry is as safe as this device can make it.
  keep(entry) {
    entry.room = this.room;
    this.memory.set(entry.command.cid, entry);
    return this.write((sent) => sent.put(entry));
  }
  put(entry) { this.keep(entry); return entry; }
  remove(cid) {
    this.memory.delete(cid);
    this.write((sent) => sent.delete(cid));
  }
  get(cid) { return this.memory.get(cid); }
  all() { return [...this.memory.values()].sort((one, two) => one.at - two.at); }
  waiting() { return this.all().filter((entry) => entry.state === "waiting"); }
  // After a restore ids may mean other questions: what is offered again goes by the key.
  next(view) {
    const find = (wanted) => [...view.questions.values(), ...view.polls].find(({ key }) => key === wanted);
    for (const entry of this.waiting()) {
      const { key, into_key } = entry.command;
      if (!key) return entry;
      const [{ id, p } = {}, into] = [key, into_key].map(find);
      if ((id || p) && (into || !into_key)) return this.put({ ...entry, command: { ...entry.command, q: id, p, into: into?.id } });
      if (!entry.offered) return entry;
    }
    return null;
  }
  // Of several wishes the newest counts.
  wish(id) {
    try {
      const { device = id, n = 0 } = JSON.parse(localStorage.getItem("live:wish") || "{}");
      const wish = { device, n: n + 1 };
      localStorage.setItem("live:wish", JSON.stringify(wish));
      return wish;
    } catch { return {}; }
  }
  // Under this seal the log has what was acknowledged: a later page shows it to the server.
  // For a vote the seal after it counts.
  seal(have) {
    for (const entry of this.all())
      if (entry.state === "received" && have?.seq >= entry.seq && !(entry.sealed?.seq > entry.seq)) this.put({ ...entry, sealed: have });
  }
  // Whatever another epoch acknowledged, in this page or an earlier one, may be lost.
  offerAgain(epoch) {
    for (const entry of this.all())
      if (entry.state === "received" && entry.epoch !== epoch && !/^(sess|hand)/.test(entry.command.t))
        this.put({ ...entry, state: "waiting", offered: true, sealed: null });
  }
  get draft() { try { return localStorage.getItem(this.draftKey) || ""; } catch { return ""; } }
  set draft(text) {
    try {
      if (text) localStorage.setItem(this.draftKey, text);
      else localStorage.removeItem(this.draftKey);
    } catch { /* the text is still in its field */ }
  }
}

// One tab of a session leads: it holds the line and sends; the others hear what it hears.
// Where the browser has no locks or channels, each tab leads itself.
export class Tabs {
  constructor(room, on) {
    Object.assign(this, { name: `live:${room}`, on, leads: false });
    this.channel = navigator.locks && globalThis.BroadcastChannel ? new BroadcastChannel(this.name) : null;
    if (!this.channel) return;
    this.channel.onmessage = ({ data }) => { this.heard = Date.now(); on.hear(data); };
    setInterval(() => this.watch(), 10_000);
  }
  start() {
    this.heard = Date.now();
    if (this.channel) this.take();
    else { this.leads = true; this.on.lead(); }
  }
  take(steal) {
    this.queued?.abort();
    this.queued = new AbortController();
    navigator.locks.request(this.name, steal ? { steal } : { signal: this.queued.signal }, () => {
      this.leads = true;
      this.on.lead();
      return new Promise(() => {}); // until this tab is closed
    }).catch(() => {
      if (!this.leads) return;
      this.leads = false; // another tab took over
      this.on.follow();
      this.take();
    });
    if (!steal) this.tell({ ask: true });
  }
  // Somebody looks at this tab, and the leading one has been put to sleep.
  watch() {
    if (this.leads) this.tell({});
    else if (!document.hidden && Date.now() - this.heard > 30_000) this.take(true);
  }
  tell(message) { this.channel?.postMessage(message); }
}
