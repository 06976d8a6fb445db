// What waits on the phone as one ZIP: sealed as it is, to be carried to a desk where no network reaches.

import { downloadZip } from "/vendor/client-zip.js";

/**
 * Pack every own record that has no receipt yet and is complete.
 *
 * @param {Queue} queue opened for the person who is signed in.
 * @returns {Promise<Blob|null>} a ZIP of sealed files with `manifest.json`, one line for each record; null if none waits.
 */
export async function bundle(queue) {
  const records = (await queue.list()).filter((one) => !["received", "recording"].includes(one.state)).reverse();
  if (!records.length) return null;
  const lines = records.map((record) =>
    JSON.stringify({
      format: "eradication-bundle", version: 1, uuid: record.uuid, person: record.person, device: record.device,
      kind: record.kind, made_at: record.made_at,
      files: record.files.map(({ sha256, bytes }) => ({ sha256, bytes, path: pathOf(record, sha256) })),
    }),
  );
  async function* entries() {
    yield { name: "manifest.json", input: `${lines.join("\n")}\n` };
    for (const record of records) {
      for (const file of record.files) {
        yield { name: pathOf(record, file.sha256), input: await queue.bytes(record.uuid, file.sha256) };
      }
    }
  }
  return downloadZip(entries()).blob();
}

function pathOf(record, sha256) {
  return `${record.uuid}/${sha256}.age`;
}
