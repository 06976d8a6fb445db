// Records waiting on this phone. Only sealed bytes are kept; nothing goes before the server's receipt came.
//
// One browser profile is one device. The queue is opened for a person: records of others who use the same handset are
// neither listed nor sent nor deleted, and wait until their person signs in again.

const NAME = "eradication-phone";
const DURABLE = { durability: "strict" };

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function done(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error || new Error("aborted"));
    transaction.onerror = () => reject(transaction.error);
  });
}

/** Open the phone's database. */
export function openDatabase(name = NAME) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    const database = request.result;
    database.createObjectStore("records", { keyPath: "uuid" }).createIndex("person", "person");
    database.createObjectStore("sealed", { keyPath: ["uuid", "sha256"] });
    database.createObjectStore("settings");
  };
  return asked(request);
}

/** Something small that is no secret: who uses the phone, and to whom it seals. */
export async function readSetting(database, key) {
  return asked(database.transaction("settings").objectStore("settings").get(key));
}

export async function writeSetting(database, key, value) {
  const transaction = database.transaction("settings", "readwrite", DURABLE);
  transaction.objectStore("settings").put(value, key);
  return done(transaction);
}

/** How full the phone is, and whether the browser promised not to evict what waits. */
export async function space() {
  const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.()) || {};
  const kept = (await navigator.storage?.persisted?.()) || false;
  return { usage, quota, kept, share: quota ? usage / quota : 0 };
}

/** Ask the browser not to evict what waits; it may say no. */
export async function keepForGood() {
  return (await navigator.storage?.persist?.()) || false;
}

export class NotYours extends Error {}
export class NoReceipt extends Error {}

export class Queue {
  /** @param {{person: string, device: string}} owner who is signed in on this phone. */
  constructor(database, owner) {
    this.database = database;
    this.owner = owner;
  }

  /** Own records, the latest first. */
  async list() {
    const records = this.database.transaction("records").objectStore("records");
    const own = await asked(records.index("person").getAll(this.owner.person));
    return own.sort((a, b) => (a.made_at < b.made_at ? 1 : -1));
  }

  /** Whose records wait on this handset besides, and how many: pseudonyms and numbers, nothing else. */
  async othersWaiting() {
    const records = await asked(this.database.transaction("records").objectStore("records").getAll());
    const counts = new Map();
    for (const { person, state } of records) {
      if (person !== this.owner.person && state !== "received") counts.set(person, (counts.get(person) || 0) + 1);
    }
    return [...counts].sort();
  }

  async get(uuid) {
    const record = await asked(this.database.transaction("records").objectStore("records").get(uuid));
    if (record && record.person !== this.owner.person) throw new NotYours(uuid);
    return record;
  }

  /** Keep a record with its sealed files, all or nothing. The first file is record.json unless it is still growing. */
  async add(facts, files) {
    const record = {
      state: "waiting", tries: 0, next_try: 0, reason: "", receipt: null, answer: null,
      ...facts, person: this.owner.person, device: this.owner.device, files: files.map(withoutBytes),
    };
    const transaction = this.database.transaction(["records", "sealed"], "readwrite", DURABLE);
    transaction.objectStore("records").add(record);
    for (const file of files) keepBytes(transaction, record.uuid, file);
    await done(transaction);
    return record;
  }

  /** Keep one more sealed file of a record that grows (a piece of a track). */
  async append(uuid, file) {
    return this.change(uuid, (record) => record.files.push(withoutBytes(file)), file);
  }

  /** Close a record that grew: record.json goes to the front, and it may be sent. */
  async finish(uuid, file) {
    return this.change(
      uuid,
      (record) => {
        if (record.state !== "recording") return;
        record.files.unshift(withoutBytes(file));
        record.state = "waiting";
      },
      file,
    );
  }

  /** Change a record in one transaction; `file` brings sealed bytes along. */
  async change(uuid, edit, file = null) {
    const transaction = this.database.transaction(["records", "sealed"], "readwrite", DURABLE);
    const records = transaction.objectStore("records");
    const record = await asked(records.get(uuid));
    if (!record || record.person !== this.owner.person) {
      transaction.abort();
      throw new NotYours(uuid);
    }
    edit(record);
    records.put(record);
    if (file) keepBytes(transaction, uuid, file);
    await done(transaction);
    return record;
  }

  /** Sealed bytes of one file as a Blob. */
  async bytes(uuid, sha256) {
    await this.get(uuid);
    const row = await asked(this.database.transaction("sealed").objectStore("sealed").get([uuid, sha256]));
    return row?.blob;
  }

  /** Keep the receipt; only now the sealed bytes leave the phone. */
  async received(uuid, receipt) {
    if (!receipt || receipt.uuid !== uuid) throw new NoReceipt(uuid);
    const record = await this.change(uuid, (one) => Object.assign(one, { state: "received", receipt, reason: "" }));
    await this.dropBytes(record);
    return record;
  }

  /** Take a record with its receipt off the list. Without a receipt nothing is deleted. */
  async remove(uuid) {
    const record = await this.get(uuid);
    if (!record) return;
    if (!record.receipt || record.state !== "received") throw new NoReceipt(uuid);
    await this.dropBytes(record);
    const transaction = this.database.transaction("records", "readwrite", DURABLE);
    transaction.objectStore("records").delete(uuid);
    await done(transaction);
  }

  /** Take away a track in which not one position was written down. */
  async dropEmpty(uuid) {
    const record = await this.get(uuid);
    if (record.files.length) throw new NoReceipt(uuid);
    const transaction = this.database.transaction("records", "readwrite", DURABLE);
    transaction.objectStore("records").delete(uuid);
    await done(transaction);
  }

  async dropBytes(record) {
    const transaction = this.database.transaction("sealed", "readwrite");
    for (const file of record.files) transaction.objectStore("sealed").delete([record.uuid, file.sha256]);
    await done(transaction);
  }
}

function withoutBytes(file) {
  const { blob, ...facts } = file;
  return facts;
}

function keepBytes(transaction, uuid, file) {
  transaction.objectStore("sealed").put({ uuid, sha256: file.sha256, blob: file.blob });
}
