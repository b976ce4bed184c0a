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
export function newCid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

export class Store {
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
