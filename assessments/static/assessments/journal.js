// The answers of one attempt, kept on this device until the server has them, without a page.
//
// All tabs of a browser share one database. It counts the sequence: a number is taken in the
// same transaction that keeps the answer, so two tabs never give one number to two answers.
// Of each question only the newest answer waits; `base` is what this browser knew of it.

const STRICT = { durability: "strict" }; // on the disk, not on its way there
const bytes = () => crypto.getRandomValues(new Uint8Array(16)); // randomUUID needs https

function newClient() {
  const hex = [...bytes()].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("exam-answers", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("answers", { keyPath: ["attempt", "slot"] });
      request.result.createObjectStore("counters", { keyPath: "attempt" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export class Journal {
  // `last` is the highest sequence that the server has of this attempt.
  static async open(attempt, last) {
    const journal = new Journal();
    journal.attempt = attempt;
    journal.database = await opened();
    await journal.count((counter) => { counter.seq = Math.max(counter.seq, last); });
    return journal;
  }

  async keep(slot, fields, base) {
    let entry;
    await this.count((counter, answers) => {
      counter.seq += 1;
      entry = { attempt: this.attempt, slot, fields, base, seq: counter.seq, at: Date.now() };
      answers.put(entry);
    });
    return entry;
  }

  async pending() {
    const all = IDBKeyRange.bound([this.attempt, ""], [this.attempt, "\uffff"]);
    return (await this.change((answers) => answers.getAll(all))).result;
  }

  // Forget an answer that the server has, unless a newer one has taken its place here.
  async forget(entry) {
    await this.change((answers) => {
      const found = answers.get([this.attempt, entry.slot]);
      found.onsuccess = () => {
        if (found.result?.seq === entry.seq) answers.delete([this.attempt, entry.slot]);
      };
    });
  }

  // Offer an answer again above `last`, which another browser gave without knowing of it.
  async raise(entry, last) {
    await this.count((counter, answers) => {
      counter.seq = Math.max(counter.seq, last) + 1;
      const raised = { ...entry, base: last, seq: counter.seq };
      const found = answers.get([this.attempt, entry.slot]);
      found.onsuccess = () => { if (found.result?.seq === entry.seq) answers.put(raised); };
    });
  }

  async wishToFinish(wish) {
    await this.count((counter) => { if (wish !== undefined) counter.finish = wish; });
    return this.finish;
  }

  count(step) {
    return this.change((answers, counters) => {
      const found = counters.get(this.attempt);
      found.onsuccess = () => {
        const counter = found.result || { attempt: this.attempt, client: newClient(), seq: 0, finish: false };
        step(counter, answers);
        this.client = counter.client;
        this.finish = counter.finish;
        counters.put(counter);
      };
    });
  }

  change(step) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(["answers", "counters"], "readwrite", STRICT);
      const request = step(transaction.objectStore("answers"), transaction.objectStore("counters"));
      transaction.oncomplete = () => resolve(request);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }
}
