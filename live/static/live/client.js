// The protocol of a live session, without a page: transports and state; outbox.js keeps and shares.
// docs/decisions/0003-live-delivery.md says why.

export const newId = () =>
  crypto.randomUUID
    ? crypto.randomUUID()
    : "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
        (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16));

// What the viewer may see, brought forward by frames.
export class View {
  constructor() { this.epoch = null; this.seq = null; this.mark = ""; this.session = null; this.questions = new Map(); this.voted = new Set(); this.polls = []; this.hands = {}; this.chosen = {}; }
  // True when applied or already had, false when something before it is missing.
  take(frame) {
    if (frame.t === "snapshot") {
      if (frame.epoch === this.epoch && this.seq !== null && frame.seq < this.seq) return true;
      this.epoch = frame.epoch;
      this.seq = frame.seq;
      this.mark = frame.mark;
      this.session = frame.state.session;
      this.questions = new Map(frame.state.questions.map((question) => [question.id, question]));
      for (const question of frame.me.questions) this.questions.set(question.id, question);
      this.voted = new Set(frame.me.voted);
      this.polls = frame.state.polls;
      this.chosen = frame.me.polls;
      this.hands = { ...frame.state.hands, mine: frame.me.hand };
      return true;
    }
    if (this.seq === null || frame.epoch !== this.epoch || frame.from > this.seq) return false;
    if (frame.to <= this.seq) return true;
    for (const item of frame.items) {
      for (const question of item.put) this.questions.set(question.id, question);
      for (const id of item.drop) this.questions.delete(id);
    }
    this.session = frame.session;
    this.polls = frame.polls || this.polls;
    this.hands = frame.hands || this.hands;
    this.seq = frame.to;
    this.mark = frame.mark;
    return true;
  }
  list() { return [...this.questions.values()].sort((one, two) => one.no - two.no); }
  // For a tab that begins: as the server would tell it.
  snapshot() {
    const { epoch, seq, mark, session, polls, hands } = this;
    const me = { voted: [...this.voted], questions: [], polls: this.chosen, hand: hands.mine };
    return { t: "snapshot", epoch, seq, mark, state: { session, questions: [...this.questions.values()], polls, hands }, me };
  }
}

// Two of the most wanted, then one that few have seen: live/orders.py.
export const ENOUGH = 20;
export function arrange(questions, order) {
  const top = [...questions].sort((one, two) => two.votes - one.votes || one.no - two.no);
  const fresh = [...questions].sort((one, two) => two.no - one.no);
  if (order === "top") return top;
  if (order === "new") return fresh;
  const arranged = new Set();
  const few = fresh.filter((question) => question.seen < ENOUGH).sort((one, two) => one.seen - two.seen);
  const wanted = top.values(), newest = few.values();
  while (arranged.size < top.length) {
    for (const source of [wanted, wanted, newest]) {
      for (let next = source.next(); !next.done; next = source.next()) {
        if (arranged.has(next.value)) continue;
        arranged.add(next.value);
        break;
      }
    }
  }
  return [...arranged];
}

const RUNGS = ["ws", "sse", "poll"];

// Keeps the view current and empties the outbox. Tells the page through `on`:
// change(view, frame), answered(entry, frame), line(state).
export class Client {
  constructor({ url, csrf, outbox, Tabs, on }) {
    Object.assign(this, { url, csrf, outbox, on });
    this.view = new View();
    this.tabs = new Tabs(outbox.room, {
      lead: () => this.lead(),
      follow: () => this.stop(),
      hear: (message) => this.overhear(message),
    });
    this.rung = this.remembered();
    this.failures = 0;
    this.attempt = 0;
    this.welcomed = false;
    this.pausedUntil = 0;
    addEventListener("online", () => { this.rung = 0; this.reconnect(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden && !this.open) this.reconnect(); });
    addEventListener("beforeunload", (event) => {
      if (!outbox.durable && outbox.waiting().some((entry) => entry.text)) event.preventDefault();
    });
    setInterval(() => this.watch(), 1000);
    setInterval(() => this.climb(), 300_000);
  }
  remembered() {
    try { return Number(sessionStorage.getItem("live:rung")); } catch { return 0; }
  }
  climb() { if (this.rung > 0) { this.rung = 0; this.reconnect(); } }
  start() { this.tabs.start(); }
  async lead() {
    await this.outbox.load(); // what an earlier leader or page left
    this.sealed = this.outbox.all().findLast(({ sealed }) => sealed)?.sealed;
    this.on.answered();
    this.reconnect();
  }
  // What another tab says: the leading one what it heard, the others what they want sent.
  overhear({ ask, frame, line, entry, gone, seen, settled }) {
    if (entry) this.outbox.memory.set(entry.command.cid, entry);
    if (gone) this.outbox.memory.delete(gone);
    if (settled) this.settle(settled, frame);
    else if (entry || gone) this.on.answered();
    if (this.tabs.leads) {
      if (ask) this.tabs.tell({ frame: this.view.session && this.view.snapshot(), line: this.line });
      if (seen) this.seen(seen);
      if (entry) this.flush();
    } else {
      if (line) this.on.line(line);
      if (frame && !settled) this.take(frame);
    }
  }
  say(line) {
    this.line = line;
    this.on.line(line);
    this.tabs.tell({ line });
  }
  remove(cid) {
    this.outbox.remove(cid);
    this.tabs.tell({ gone: cid });
  }
  async send(command, text) {
    const { t, q, p } = command;
    if (/^(vote.set|poll.answer|hand.set)$/.test(t)) { // only the last wish counts
      if (t !== "hand.set") Object.assign(command, this.outbox.wish(newId()));
      for (const { command: old } of this.outbox.all())
        if (old.t === t && old.q === q && old.p === p) this.remove(old.cid);
    }
    const key = (q ? this.view.questions.get(q) : this.view.polls.find((poll) => poll.p === p))?.key;
    if (key) command.key = key;
    const into = this.view.questions.get(command.into)?.key;
    if (into) command.into_key = into;
    const entry = { command, text, state: "waiting", at: Date.now() };
    await this.outbox.keep(entry);
    this.tabs.tell({ entry });
    this.on.answered();
    this.flush();
  }

  reconnect() {
    if (!this.tabs.leads) return;
    this.stop();
    this.heard = Date.now();
    this[RUNGS[this.rung]](this.generation);
  }
  stop() {
    clearTimeout(this.timer);
    this.generation = (this.generation || 0) + 1; // what an earlier line still says is not heard
    this.open = this.welcomed = false;
    if (this.socket) { this.socket.onclose = null; this.socket.close(); this.socket = null; }
    if (this.source) { this.source.close(); this.source = null; }
    if (this.waiter) { this.waiter.abort(); this.waiter = null; }
  }
  failed(generation) {
    if (generation !== this.generation) return;
    if (!this.welcomed) this.failures += 1;
    this.stop();
    this.say("no-line");
    if (this.failures >= 2 && this.rung < RUNGS.length - 1) {
      this.failures = 0;
      this.rung += 1;
      try { sessionStorage.setItem("live:rung", this.rung); } catch { /* asked again next time */ }
    }
    const most = Math.min(30_000, 1000 * 2 ** this.attempt); // full jitter: nobody returns in step
    this.attempt += 1;
    this.timer = setTimeout(() => this.reconnect(), 250 + Math.random() * most);
  }
  watch() {
    const quiet = Date.now() - this.heard;
    if (this.open && quiet > 40_000) this.failed(this.generation);
    if (!this.welcomed && RUNGS[this.rung] !== "poll" && quiet > 4000 && (this.socket || this.source)) this.failed(this.generation);
    this.flush();
  }
  ws(generation) {
    const socket = new WebSocket(this.url.replace(/^http/, "ws") + "ws");
    this.socket = socket;
    socket.onopen = () => { socket.send(JSON.stringify({ t: "hello", v: 1, have: this.have() })); this.open = true; };
    socket.onmessage = (event) => this.hear(JSON.parse(event.data), generation);
    socket.onclose = () => this.failed(generation);
  }
  // What this page has; else what an earlier one had, whose seal tells of a restore.
  have() { const { epoch, seq, mark } = this.view; return seq === null ? this.sealed || null : { epoch, seq, mark }; }
  query() {
    const have = this.have();
    return have ? new URLSearchParams({ epoch: have.epoch, after: have.seq, mark: have.mark }) : "";
  }
  sse(generation) {
    const source = new EventSource(`${this.url}sse?${this.query()}`);
    this.source = source;
    source.onopen = () => { this.open = true; };
    source.onmessage = (event) => this.hear(JSON.parse(event.data), generation);
    source.onerror = () => this.failed(generation);
  }
  async poll(generation) {
    this.open = true;
    while (generation === this.generation) {
      this.waiter = new AbortController();
      try {
        const answer = await fetch(`${this.url}events?wait=${this.view.seq === null ? 0 : 20}&${this.query()}`, { signal: this.waiter.signal, headers: { Accept: "application/json" } });
        if (answer.status === 404 || answer.headers.get("Content-Type")?.startsWith("text/html")) throw new TypeError("no long poll here");
        if (answer.status === 429 || answer.status === 503) {
          await new Promise((resolve) => setTimeout(resolve, 1000 * (Number(answer.headers.get("Retry-After")) || 5)));
          continue;
        }
        for (const frame of (await answer.json()).frames) this.hear(frame, generation);
        if (document.hidden) await new Promise((resolve) => setTimeout(resolve, 15_000));
      } catch (error) {
        if (generation !== this.generation) return;
        if (await this.fetchSnapshot(generation)) { // where only pages are served
          await new Promise((resolve) => setTimeout(resolve, document.hidden ? 15_000 : 5000));
          continue;
        }
        this.failed(generation);
        return;
      }
    }
  }
  async fetchSnapshot(generation) {
    try {
      const answer = await fetch(`${this.url}snapshot`, { headers: { Accept: "application/json" } });
      if (!answer.ok) return false;
      this.hear({ t: "welcome", epoch: this.view.epoch, head: this.view.seq }, generation);
      this.hear(await answer.json(), generation);
      return true;
    } catch { return false; }
  }

  hear(frame, generation) {
    if (generation !== this.generation) return;
    this.heard = Date.now();
    if (frame.t === "welcome") {
      this.welcomed = true;
      this.attempt = this.failures = 0;
      this.say(this.rung ? "slow-line" : "live-line");
      this.inFlight = null;
      const { sealed } = this;
      this.sealed = null;
      if (sealed?.epoch === frame.epoch && sealed.seq === frame.head) this.pull(); // or nothing comes
      this.flush();
    } else if (frame.t === "snapshot" || frame.t === "events") {
      if (frame.t === "snapshot") this.outbox.offerAgain(frame.epoch);
      this.take(frame);
      this.outbox.seal(this.have());
      this.tabs.tell({ frame });
      this.flush(); // what waited for a question to be back
    } else if (frame.t === "hb") {
      if (this.view.seq !== null && frame.head > this.view.seq) setTimeout(() => { if (frame.head > this.view.seq) this.pull(); }, 1000);
    } else if (frame.t === "ack" || frame.t === "nack") this.answer(frame);
    else if (frame.t === "bye") {
      this.stop();
      this.say(frame.code === "sign_in" ? "signed-out" : "no-line");
      if (frame.retry_after_ms) this.timer = setTimeout(() => this.reconnect(), frame.retry_after_ms);
    }
  }
  take(frame) {
    if (this.view.take(frame)) this.on.change(this.view, frame);
    else this.pull();
  }
  // What came before the eyes: worth a frame on an open socket, and nothing else.
  seen(numbers) {
    if (!numbers.length) return;
    if (!this.tabs.leads) this.tabs.tell({ seen: numbers });
    else if (this.socket?.readyState === 1 && this.welcomed) this.socket.send(JSON.stringify({ t: "seen", qs: numbers }));
  }
  pull() {
    if (!this.tabs.leads) this.tabs.tell({ ask: true });
    else if (this.socket?.readyState === 1) this.socket.send(JSON.stringify({ t: "hello", v: 1, have: this.have() }));
    else this.reconnect();
  }

  // One command at a time, in the order of typing; again after 10 s without an answer.
  flush() {
    if (!this.tabs.leads || Date.now() < this.pausedUntil) return;
    if (this.inFlight && Date.now() - this.inFlight.since < 10_000) return;
    const entry = this.outbox.next(this.view);
    if (!entry) return;
    this.inFlight = { cid: entry.command.cid, since: Date.now(), epoch: this.view.epoch };
    if (this.socket?.readyState === 1 && this.welcomed) this.socket.send(JSON.stringify(entry.command));
    else this.post(entry.command);
  }
  async post(command) {
    try {
      const answer = await fetch(`${this.url}commands`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": command.cid, "X-CSRFToken": this.csrf },
        body: JSON.stringify(command),
      });
      if (answer.status === 401) this.say("signed-out");
      if (answer.headers.get("Content-Type")?.startsWith("application/json")) this.answer(await answer.json());
    } catch { /* stays in the outbox */ }
  }
  answer(frame) {
    const entry = this.outbox.get(frame.cid);
    const { cid, epoch } = this.inFlight || {};
    if (cid === frame.cid) this.inFlight = null;
    if (!entry) return;
    if (frame.t === "ack") {
      // Of the epoch in which it was sent: offered once too often, it does no harm.
      this.settle({ ...entry, state: "received", seq: frame.seq, obj: frame.obj, epoch: cid === frame.cid ? epoch : null }, frame);
    } else if (frame.retry) {
      this.pausedUntil = Date.now() + 1000 * (frame.retry_after || 2);
      this.settle({ ...entry, again: frame.reason }, frame);
    } else {
      this.settle({ ...entry, state: "refused", reason: frame.reason }, frame);
      if (frame.code === "conflict") this.pull();
    }
    this.flush();
  }
  // What became of a command, in every tab.
  settle(entry, frame) {
    const { t, q, value, cid, choices } = entry.command;
    if (this.tabs.leads) this.tabs.tell({ settled: entry, frame });
    if (entry.state === "refused" && !entry.text) this.outbox.remove(cid);
    else this.outbox.put(entry);
    if (frame.t === "ack" && t === "vote.set") this.view.voted[value ? "add" : "delete"](q);
    else if (frame.t === "ack" && t === "poll.answer") this.view.chosen[frame.obj] = choices;
    this.on.answered(entry, frame);
  }
}
