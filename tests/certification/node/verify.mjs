// A second implementation: jose checks the signature and the dates, the status lists are unpacked
// by @digitalcredentials/bitstring. Reads {keys, lists, tokens} and prints a verdict for each.
import { createLocalJWKSet, jwtVerify } from "jose";
import { Bitstring } from "@digitalcredentials/bitstring";
import { readFileSync } from "node:fs";

const { keys, lists, tokens, issuer, at } = JSON.parse(readFileSync(0, "utf-8"));
const keySet = createLocalJWKSet({ keys });
const options = { issuer, algorithms: ["ES256"], currentDate: new Date(at) };
const known = {};
for (const token of lists) {
  const { payload } = await jwtVerify(token, keySet, { ...options, typ: "vc+jwt" });
  const { encodedList, statusPurpose } = payload.credentialSubject;
  const bits = await Bitstring.decodeBits({ encoded: encodedList.slice(1) });
  known[payload.id] = { purpose: statusPurpose, bits: new Bitstring({ buffer: bits }) };
}

async function verdict(token) {
  try {
    const { payload } = await jwtVerify(token, keySet, { ...options, typ: "JWT" });
    const entries = [payload.credentialStatus, payload.ict_commons_suspension].filter(Boolean);
    for (const { statusListCredential, statusListIndex, statusPurpose } of entries) {
      const list = known[statusListCredential];
      if (list.purpose !== statusPurpose) throw new Error("another list");
      if (list.bits.get(Number(statusListIndex))) return statusPurpose;
    }
    return "valid";
  } catch (error) {
    return error.code;
  }
}

console.log(JSON.stringify(await Promise.all(tokens.map(verdict))));
