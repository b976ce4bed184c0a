// Checks the slip of a printed certificate in the browser, also with no network.

const box = document.querySelector("[data-paper]");
const TONES = { valid: "good", expired: "warn", "not-yet": "warn", revoked: "bad", suspended: "bad", forged: "bad", unknown: "warn" };
const WEEK = 7 * 24 * 3600;

const bytes = (text) => {
  if (!/^[\w-]*$/.test(text)) throw new Error("no base64url");
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
};
const decoded = (part) => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes(part)));

// The payload of a token that one of our keys signed, or null.
async function read(token, keys, types) {
  const parts = token.trim().split(".");
  if (parts.length !== 3) return null;
  let header, payload;
  try { [header, payload] = [decoded(parts[0]), decoded(parts[1])]; } catch { return null; }
  const jwk = keys.find((key) => key.kid === header.kid || key.kid.split("#")[1] === header.kid);
  if (!jwk || header.alg !== "ES256" || !types.includes(header.typ)) return null;
  const { kty, crv, x, y } = jwk;
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  const signed = new TextEncoder().encode(`${parts[0]}.${parts[1]}`);
  let holds = false;
  try { holds = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, bytes(parts[2]), signed); } catch { return null; }
  const unsafe = jwk.compromised_from && (payload.iat ?? payload.nbf) >= Date.parse(jwk.compromised_from) / 1000;
  return holds && !unsafe ? payload : null;
}

// What is printed, from a slip or from a whole credential.
function factsOf(signed) {
  if (signed.jti && signed.title) {
    return { serial: signed.jti, title: signed.title, name: [signed.name, signed.dz].filter(Boolean).join(" · "), from: signed.nbf, until: signed.exp, place: signed.at };
  }
  const entry = signed.credentialStatus;
  return {
    serial: signed.id.replace(/\/$/, "").split("/").pop(),
    title: signed.name,
    name: signed.credentialSubject.identifier.map((one) => one.identityHash).join(" · "),
    from: signed.nbf,
    until: signed.exp,
    place: entry && [Number(entry.statusListCredential.split("/").pop()), Number(entry.statusListIndex)],
  };
}

async function bitOf(list, index) {
  const packed = new Blob([bytes(list.credentialSubject.encodedList.slice(1))]);
  const bits = new Uint8Array(await new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
  return (bits[index >> 3] >> (7 - (index & 7))) & 1;
}

// "revoked", "suspended" or "" by the kept lists, and the second for which they speak.
async function statusOf(place, data) {
  let [said, asOf] = ["", null];
  for (const token of data.lists) {
    const list = await read(token, data.keys, ["vc+jwt"]);
    if (!list || !place || Number(list.id.split("/").pop()) !== place[0]) continue;
    asOf = asOf === null ? list.iat : Math.min(asOf, list.iat);
    if (!(await bitOf(list, place[1]))) continue;
    if (said !== "revoked") said = list.credentialSubject.statusPurpose === "revocation" ? "revoked" : "suspended";
  }
  return [said, asOf];
}

async function verdictOf(text, data) {
  const signed = await read(text.trim().split("#").pop(), data.keys, ["slip+jwt", "JWT"]);
  if (!signed) return { verdict: "forged" };
  const facts = factsOf(signed);
  const [said, asOf] = await statusOf(facts.place, data);
  const now = Date.now() / 1000;
  const verdict = said || (facts.from > now ? "not-yet" : facts.until && facts.until < now ? "expired" : "valid");
  return { verdict, facts, asOf };
}

const LANGUAGE = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
const day = (second) => new Date(second * 1000).toLocaleDateString(LANGUAGE, { day: "numeric", month: "long", year: "numeric", timeZone: "Asia/Thimphu" });
const fill = (name, text) => { box.querySelector(`[data-fact=${name}]`).textContent = text; };

function show({ verdict, facts, asOf }) {
  const sign = box.querySelector("[data-verdict]");
  sign.textContent = box.getAttribute(`data-say-${verdict}`);
  sign.className = `status status--${TONES[verdict]}`;
  box.dataset.result = verdict;
  box.querySelector("[data-facts]").hidden = !facts;
  box.querySelector("[data-age]").hidden = !facts || asOf === null;
  if (!facts) return;
  for (const name of ["name", "title", "serial"]) fill(name, facts[name]);
  fill("from", day(facts.from));
  fill("until", facts.until ? day(facts.until) : "–");
  if (asOf === null) return;
  fill("asof", new Date(asOf * 1000).toLocaleString(LANGUAGE, { dateStyle: "long", timeStyle: "short" }));
  box.querySelector("[data-old]").hidden = Date.now() / 1000 - asOf < WEEK;
}

async function check(text) {
  try {
    const data = await (await fetch(box.dataset.data)).json();
    show(await verdictOf(text, data));
  } catch {
    show({ verdict: "unknown" });
  }
}

const form = document.querySelector("[data-paste]");
form.hidden = false;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  check(form.querySelector("textarea").value);
});
const fromAddress = () => { if (location.hash.length > 1) check(decodeURIComponent(location.hash.slice(1))); };
addEventListener("hashchange", fromAddress);
fromAddress();
if ("serviceWorker" in navigator) navigator.serviceWorker.register(box.dataset.worker);
