// The page of a session: shows what client.js knows, and turns its forms into commands.
// Without this file every form still works, one page at a time.

const root = document.querySelector("[data-live]");
if (root) {
  const [rules, { Outbox, Tabs }] = await Promise.all([import(root.dataset.client), import(root.dataset.outbox)]);
  start(rules, await Outbox.open(`${root.dataset.person}:${root.dataset.live}`), Tabs);
}

function start({ Client, ENOUGH, arrange, newId }, outbox, Tabs) {
  const one = (selector, within = root) => within.querySelector(selector);
  const all = (selector, within = root) => [...within.querySelectorAll(selector)];
  const words = {};
  const wordList = one("[data-words]");
  if (wordList) for (const word of all("[data-word]", wordList.content)) words[word.dataset.word] = word.textContent;
  let order = one("[data-order][aria-current]")?.dataset.order || "mixed";

  const client = new Client({
    url: `${location.origin}/live/${root.dataset.live}/`,
    csrf: one("[name=csrfmiddlewaretoken]")?.value || "",
    outbox,
    Tabs,
    on: { change, answered, line },
  });

  // What came before the eyes, told once for each question
  const told = new Set(), fresh = new Set();
  const eyes = globalThis.IntersectionObserver && new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      const id = Number(target.dataset.question);
      if (isIntersecting && target.dataset.state === "visible" && !told.has(id)) { told.add(id); fresh.add(id); }
    }
  });
  setInterval(() => { client.seen([...fresh]); fresh.clear(); }, 5000);

  function show(element, visible) { if (element) element.hidden = !visible; }
  function text(element, value) { if (element && element.textContent !== String(value)) element.textContent = value; }
  function bodyText(element, value) {
    text(element, value);
    if (element) { if (/[\u0f00-\u0fff]/.test(value)) element.lang = "dz"; else element.removeAttribute("lang"); }
  }

  function current(view) {
    const question = view.questions.get(view.session.current);
    const body = one("[data-current-body]");
    bodyText(body, question ? question.body : "");
    show(body.parentElement, Boolean(question));
    show(one("[data-current-none]"), !question);
    const unpin = one("[data-unpin]");
    if (unpin) { show(unpin, Boolean(question)); unpin.elements.q.value = question ? question.id : ""; }
  }

  function change(view, frame) {
    const card = document.activeElement.closest(".live-q"), list = card?.parentElement, next = card?.nextElementSibling;
    update(view, frame);
    // Who works by keyboard goes on where the card stood that the last command moved.
    if (card && !document.activeElement.closest(".live-q")?.offsetParent)
      all(".live-q__host button", card.parentElement === list || !next ? card : next).find((button) => button.offsetParent)?.focus();
  }

  function update(view, frame) {
    current(view);
    const state = view.session.state;
    const badge = one("[data-session-state]");
    if (badge.dataset.sessionState !== state) {
      badge.dataset.sessionState = state;
      text(badge, words[`session-${state}`]);
      badge.className = `status${{ open: " status--good", paused: " status--warn" }[state] || ""}`;
      for (const part of all("[data-session-when]")) show(part, part.dataset.sessionWhen === state);
      if (state === "closed") { show(one("#ask"), one("[data-draft]")?.value.trim()); show(one(".live-host"), false); }
    }
    const seen = view.list();
    for (const card of all("[data-question]")) if (!view.questions.has(Number(card.dataset.question))) card.remove();
    for (const question of seen) card(question, view);
    place("waiting", seen.filter((q) => q.state === "pending"), (q) => q);
    place("open", seen.filter((q) => q.state === "visible"), (q) => arrange(q, order), frame.t === "snapshot");
    place("settled", seen.filter((q) => !["pending", "visible"].includes(q.state)).reverse(), (q) => q);
    balance(view.session.balance);
    receipts();
    polls(view);
    hands(view.hands);
  }

  const copy = (name) => one(`[data-${name}-template]`).content.firstElementChild.cloneNode(true);

  function polls(view) {
    const list = one("[data-polls]");
    show(one("[data-polls-section]"), view.polls.length || root.dataset.host);
    for (const poll of view.polls) {
      let element = document.getElementById(`p${poll.p}`);
      if (!element) {
        element = copy("poll");
        element.id = `p${poll.p}`;
        for (const input of all("[name=p]", element)) input.value = poll.p;
        text(one("legend", element), poll.text);
        for (const [index, option] of poll.options.entries()) {
          const row = copy("row"), input = one("input", row);
          input.type = poll.kind === "multiple" ? "checkbox" : "radio";
          input.value = index;
          input.checked = view.chosen[poll.p]?.includes(index);
          text(one("bdi", row), option);
          one("[data-rows]", element).append(row);
        }
        list.prepend(element);
      }
      text(one("[data-show=voters]", element), poll.voters);
      for (const part of all("[data-when]", element)) show(part, part.dataset.when === poll.state);
      for (const part of all("[data-shown]", element)) show(part, poll.shown);
      show(one("[data-unshown]", element), !poll.shown);
      for (const [index, row] of [...one("[data-rows]", element).children].entries()) {
        const meter = one("meter", row), count = one("[data-count-of]", row), known = poll.counts;
        meter.max = poll.voters || 1;
        meter.value = known ? known[index] : 0;
        text(count, meter.value);
        show(meter, known);
        show(count, known);
        one("input", row).disabled = poll.state !== "open";
      }
    }
  }

  function hands({ count, mine, list }) {
    text(one("[data-hands-count]"), count);
    show(one("[data-hand-up]"), !mine);
    show(one("[data-hand-down]"), mine);
    text(one("[data-hand-state]"), mine ? (mine.called ? words.called : `${words.up} ${mine.place}`) : "");
    if (!list) return;
    const rows = one("[data-hands-list]");
    for (const row of [...rows.children]) if (!list.some((hand) => `h${hand.h}` === row.id)) row.remove();
    for (const hand of list) {
      let row = document.getElementById(`h${hand.h}`);
      if (!row) {
        row = copy("hand");
        row.id = `h${hand.h}`;
        for (const input of all("[name=h]", row)) input.value = hand.h;
        text(one("[data-who]", row), [hand.name, hand.agency].filter(Boolean).join(" · "));
        rows.append(row);
      }
      one("[data-who]", row).className = hand.called ? "status status--good" : "";
      show(one("[data-call]", row), !hand.called);
    }
  }

  function place(name, questions, sorted, sortNow = true) {
    const list = one(`[data-list=${name}]`);
    const held = list.contains(document.activeElement); // nothing moves under a finger
    const rows = sorted(questions);
    const standing = new Set(list.children);
    for (const [index, question] of rows.entries()) {
      const element = document.getElementById(`q${question.id}`);
      if (standing.has(element) && (held || !sortNow)) continue;
      if (list.children[index] !== element) list.insertBefore(element, list.children[held ? list.children.length : index] || null);
    }
    show(one(`[data-list-section=${name}]`), rows.length > 0);
    show(one(`[data-empty=${name}]`), rows.length === 0);
  }

  function card(question, view) {
    let element = document.getElementById(`q${question.id}`);
    if (!element) {
      const kind = question.mine ? "mine" : "other";
      element = one(`[data-question-template=${kind}]`).content.firstElementChild.cloneNode(true);
      element.id = `q${question.id}`;
      element.dataset.question = question.id;
      for (const input of all("[name=q]", element)) input.value = question.id;
      one(`[data-list=${question.state === "pending" ? "waiting" : "open"}]`).append(element);
    }
    const shownAs = question.state === "answered" ? question.how : question.state;
    Object.assign(element.dataset, { state: question.state, rev: question.rev, votes: question.votes, no: question.no });
    for (const input of all("[name=rev]", element)) input.value = question.rev;
    text(one("[data-show=votes]", element), question.votes);
    bodyText(one("[data-show=body]", element), question.body);
    text(one("[data-show=no]", element), `#${question.no}`);
    text(one("[data-show=name]", element), question.name || words.unnamed);
    const label = one("[data-show=label]", element);
    text(label, words[shownAs]);
    label.className = `status${["live", "written"].includes(shownAs) ? " status--good" : ["pending", "owed"].includes(shownAs) ? " status--warn" : ""}`;
    for (const part of all("[data-when]", element)) {
      const states = part.dataset.when.split(" ");
      show(part, states.includes(question.state) || states.includes(shownAs));
    }
    const naming = question.name_mode === "named" ? "" : !question.reveal ? "hidden" : question.reveal.shown ? "shown" : "wanted";
    for (const part of all("[data-naming]", element)) show(part, part.dataset.naming === naming);
    show(one("[data-hidden]", element), question.hidden);
    const flag = one("[data-flag]", element);
    if (flag) flag.href = flag.href.replace(/\d+\/$/, `${question.id}/`);
    show(flag, !question.redacted);
    if (!question.mine && question.seen < ENOUGH) eyes?.observe(element);
    const edit = one("[data-edit]", element);
    if (edit && !edit.value) edit.value = question.body;
    voteButton(one("[data-vote]", element), view.voted.has(question.id));
    outcome(one("[data-show=outcome]", element), question, view);
  }

  function voteButton(button, voted) {
    if (!button) return;
    button.value = voted ? "0" : "1";
    button.classList.toggle("button--on", voted);
    button.setAttribute("aria-pressed", voted);
    text(button, voted ? words.voted : words.vote);
  }

  function outcome(element, question, view) {
    const mark = JSON.stringify([question.reveal, question.reason, question.answer, question.topic, question.into]);
    if (element.dataset.mark === mark) return;
    element.dataset.mark = mark;
    element.replaceChildren();
    const paragraph = (className, value) => {
      const made = document.createElement("p");
      if (className) made.className = className;
      made.append(value);
      element.append(made);
    };
    const link = (address, value) => {
      const made = document.createElement("a");
      made.href = address;
      made.textContent = value;
      return made;
    };
    if (question.reason) paragraph("meta", `${words.reason} ${question.reason}`);
    if (question.reveal) paragraph("meta", `${words[question.reveal.shown ? "name-shown" : "name-wanted"]} ${question.reveal.by}: ${question.reveal.reason}`);
    if (question.answer) paragraph("live-q__answer", question.answer);
    if (question.topic.startsWith("/")) paragraph("", link(question.topic, words.topic));
    const into = view.questions.get(question.into);
    if (into) paragraph("", link(`#q${into.id}`, `${words["merged-into"]} #${into.no}`));
  }

  function balance(counts) {
    const line = one("[data-balance]");
    const parts = ["live", "written", "owed", "dismissed", "merged", "withdrawn", "pending"];
    text(line, `${counts.asked} ${words.asked} = ${parts.map((name) => `${counts[name]} ${words[`balance-${name}`]}`).join(" + ")}`);
  }

  function line(state) { text(one("[data-line]"), words[state === "no-line" && !outbox.durable ? "no-disk" : state] || ""); }

  // Receipts: on this device → received #128 → visible → answered
  function receipts() {
    const list = one("[data-receipts]");
    if (!list) return;
    const asked = outbox.all().filter((entry) => entry.text);
    for (const { command, obj } of asked) if (client.view.questions.get(obj)?.redacted) client.remove(command.cid);
    const old = asked.filter((entry) => entry.state === "received").slice(0, -5);
    for (const entry of old) asked.splice(asked.indexOf(entry), 1);
    for (const row of [...list.children]) if (!asked.some((entry) => entry.command.cid === row.dataset.cid)) row.remove();
    for (const entry of asked) {
      let row = [...list.children].find((child) => child.dataset.cid === entry.command.cid);
      if (!row) {
        row = document.createElement("li");
        row.dataset.cid = entry.command.cid;
        const body = document.createElement("p"), path = document.createElement("p");
        body.append(document.createElement("bdi"));
        body.firstChild.textContent = entry.text;
        path.className = "live-receipts__path";
        row.append(body, path);
        list.append(row);
      }
      row.dataset.state = entry.state;
      text(row.children[1], path(entry));
      if (entry.state === "refused" && row.children.length === 2) {
        const again = document.createElement("button");
        again.type = "button";
        again.className = "button button--quiet";
        again.textContent = words["edit-again"];
        again.addEventListener("click", () => takeBack(entry));
        row.append(again);
      }
    }
  }
  function path(entry) {
    const steps = [words[outbox.durable ? "on-device" : "on-page"]];
    if (entry.state === "refused") return `${steps[0]} → ${words.refused}: ${entry.reason}`;
    if (entry.state === "waiting") return entry.again ? `${steps[0]}; ${words.retrying}: ${entry.again}` : steps[0];
    steps.push(`${words.received} #${entry.seq}`);
    const question = client.view.questions.get(entry.obj);
    if (question) steps.push(words[question.state === "answered" ? question.how : question.state].toLowerCase());
    return steps.join(" → ");
  }
  function takeBack(entry) {
    const field = one("[data-draft]");
    field.value = field.value.trim() ? `${field.value}\n${entry.text}` : entry.text;
    client.remove(entry.command.cid);
    outbox.draft = field.value;
    field.focus();
    receipts();
  }

  // Something in the outbox changed; with `frame`, because the server answered.
  function answered(entry, frame) {
    if (entry?.command.t === "vote.set") voteButton(one(`#q${entry.command.q} [data-vote]`), client.view.voted.has(entry.command.q));
    if (frame?.t === "nack" && !entry.text) text(one("[data-line]"), frame.reason);
    receipts();
  }

  // Forms become commands
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-command]");
    if (!form) return;
    event.preventDefault();
    const fields = new FormData(form, event.submitter);
    const command = { t: fields.get("t"), cid: newId() };
    for (const name of ["q", "rev", "value", "p", "h"]) if (fields.get(name)) command[name] = Number(fields.get(name));
    for (const name of ["body", "name_mode", "reason", "how", "answer", "kind", "text"]) if (fields.has(name)) command[name] = fields.get(name);
    if (command.t === "poll.answer") command.choices = fields.getAll("choices").map(Number);
    if (fields.has("options")) command.options = fields.get("options").split("\n").filter((line) => line.trim());
    if (fields.has("into_no")) {
      const wanted = Number(String(fields.get("into_no")).replace("#", ""));
      command.into = client.view.list().find((question) => question.no === wanted)?.id || 2 ** 50;
    }
    const typed = command.body || command.reason || command.text || "";
    const kept = client.send(command, typed);
    if (command.t === "vote.set") voteButton(event.submitter, command.value === 1);
    if (form.hasAttribute("data-ask")) {
      const field = one("[data-draft]");
      field.value = "";
      kept.then(() => { outbox.draft = field.value; });
      count();
    } else if (typed) {
      form.reset();
      form.closest("details")?.removeAttribute("open");
    }
    receipts();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-order]");
    if (!link || !client.view.session) return;
    event.preventDefault();
    order = link.dataset.order;
    for (const other of all("[data-order]")) {
      if (other === link) other.setAttribute("aria-current", "true");
      else other.removeAttribute("aria-current");
    }
    place("open", client.view.list().filter((q) => q.state === "visible"), (q) => arrange(q, order));
  });

  // What is being typed
  const draft = one("[data-draft]");
  function count() {
    const letters = [...draft.value.trim()].length;
    text(one("[data-count]"), letters ? `${letters} / ${draft.dataset.most} ${words.letters}` : "");
  }
  if (draft) {
    if (draft.value) outbox.draft = draft.value; // typed before this script was there
    else if (outbox.draft) draft.value = outbox.draft;
    draft.addEventListener("input", () => { outbox.draft = draft.value; count(); });
    count();
  }
  receipts();
  client.start();
}
