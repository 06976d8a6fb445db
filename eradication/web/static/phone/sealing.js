// Seals bytes to the server's public key (age). What is sealed here nobody can open on this phone, its owner included.

import { Encrypter } from "/vendor/age.js";

/** Hexadecimal SHA-256 of a Uint8Array or a Blob. */
export async function sha256(data) {
  const bytes = data instanceof Blob ? await data.arrayBuffer() : data;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Seal one file.
 *
 * @param {{name: string, media: string, bytes: Uint8Array}} file a plain file; the caller lets go of it afterwards.
 * @param {string} recipient `age1…` as the server gave it.
 * @returns {Promise<{name, media, plain_sha256, sha256, bytes, sent, blob}>} what the queue keeps; `sha256` and `bytes`
 *   are those of the sealed file, `plain_sha256` goes into record.json.
 */
export async function seal(file, recipient) {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  const closed = await encrypter.encrypt(file.bytes);
  return {
    name: file.name,
    media: file.media,
    plain_sha256: await sha256(file.bytes),
    sha256: await sha256(closed),
    bytes: closed.length,
    sent: 0,
    blob: new Blob([closed], { type: "application/octet-stream" }),
  };
}

/** Seal record.json, the first file of every record. */
export function sealRecord(content, recipient) {
  const bytes = new TextEncoder().encode(JSON.stringify(content));
  return seal({ name: "record.json", media: "application/json", bytes }, recipient);
}
