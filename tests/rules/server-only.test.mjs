import { after, before, beforeEach, describe, it } from "node:test";
import { assertFails } from "@firebase/rules-unit-testing";
import {
  collection,
  collectionGroup,
  deleteDoc,
  doc,
  getDoc,
  getDocs,
  setDoc,
  updateDoc,
} from "firebase/firestore";
import { rulesEnvironment } from "./environment.mjs";

const CLOSED = {
  "match /outbox/{id}": "outbox/ada",
  "match /recipients/{uid}": "recipients/ada",
  "match /targets/{targetHash}": "targets/ada",
  "match /deliveries/{deliveryId}": "deliveries/ada",
  "match /requests/{requestHash}": "requests/ada",
  "match /counters/{counterHash}": "counters/ada",
  "match /tombstones/{uid}": "tombstones/ada",
  "match /config/{name}": "config/runtime",
};

let as;
before(async () => {
  as = await rulesEnvironment("server-only");
});
beforeEach(() => as.clear());
after(() => as.close());

async function staysClosed(db, path) {
  await as.given(path, { uid: "ada" });

  await assertFails(getDoc(doc(db, path)));
  await assertFails(getDocs(collection(db, path.split("/")[0])));
  await assertFails(getDocs(collectionGroup(db, path.split("/")[0])));
  await assertFails(setDoc(doc(db, `${path}-new`), { uid: "ada" }));
  await assertFails(updateDoc(doc(db, path), { uid: "bob" }));
  await assertFails(deleteDoc(doc(db, path)));
}

for (const [clause, path] of Object.entries(CLOSED)) {
  describe(clause, () => {
    it("is closed to somebody who is not signed in", () => staysClosed(as.stranger, path));
    it("is closed to the user it is about", () => staysClosed(as.ada, path));
    it("is closed to a sender", () =>
      staysClosed(
        as.signedIn("sam", { senderUntil: Math.floor(Date.now() / 1000) + 3600, admin: true }),
        path,
      ));
  });
}

describe("what no clause names", () => {
  it("is closed, whatever it is called", () => staysClosed(as.ada, "anything/ada"));
  it("is closed beneath the user's own documents", () =>
    staysClosed(as.ada, "app-notifications/ada/anything/else"));
  it("is closed beneath a notification", () =>
    staysClosed(as.ada, "app-notifications/ada/user-notifications/n1/anything/else"));
});
