import { after, before, beforeEach, describe, it } from "node:test";
import { assertFails, assertSucceeds } from "@firebase/rules-unit-testing";
import {
  Timestamp,
  collection,
  collectionGroup,
  deleteDoc,
  deleteField,
  doc,
  getDoc,
  getDocs,
  limit,
  orderBy,
  query,
  serverTimestamp,
  setDoc,
  updateDoc,
  where,
  writeBatch,
} from "firebase/firestore";
import { rulesEnvironment } from "./environment.mjs";

const INBOX = "app-notifications/ada/user-notifications";
const OWNER_FIELDS = ["seenAt", "readAt", "archivedAt", "openedAt"];
const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;

let as;
before(async () => {
  as = await rulesEnvironment("inbox");
});
beforeEach(async () => {
  await as.clear();
  await as.given(`${INBOX}/n1`, {
    title: "Hello",
    body: "World",
    createdAt: Timestamp.now(),
    readAt: null,
    archivedAt: null,
  });
  await as.given(`${INBOX}/bare`, { message: "Hello", id: "bare" });
});
after(() => as.close());

const n1 = (db) => doc(db, `${INBOX}/n1`);
const bare = (db) => doc(db, `${INBOX}/bare`);

describe("match /app-notifications/{uid}/user-notifications/{id}", () => {
  // First, because an emulator whose rules did not compile may let everybody in.
  it("denies somebody who is not signed in", async () => {
    await assertFails(getDoc(n1(as.stranger)));
    await assertFails(getDocs(collection(as.stranger, INBOX)));
  });

  it("denies another user to read a notification", () => assertFails(getDoc(n1(as.bob))));
  it("lets the owner read a notification", () => assertSucceeds(getDoc(n1(as.ada))));

  it("denies another user to list the inbox", () =>
    assertFails(getDocs(collection(as.bob, INBOX))));
  it("lets the owner list the inbox", () => assertSucceeds(getDocs(collection(as.ada, INBOX))));
  it("lets the owner ask for the newest unread", () =>
    assertSucceeds(
      getDocs(
        query(
          collection(as.ada, INBOX),
          where("readAt", "==", null),
          orderBy("createdAt", "desc"),
          limit(20),
        ),
      ),
    ));

  it("denies everybody to query all inboxes at once", async () => {
    await assertFails(getDocs(collectionGroup(as.ada, "user-notifications")));
    await assertFails(
      getDocs(query(collectionGroup(as.ada, "user-notifications"), where("uid", "==", "ada"))),
    );
  });

  it("denies another user to delete a notification", () => assertFails(deleteDoc(n1(as.bob))));
  it("lets the owner delete a notification", () => assertSucceeds(deleteDoc(n1(as.ada))));

  it("denies the owner to create a notification", async () => {
    await assertFails(setDoc(doc(as.ada, `${INBOX}/new`), { title: "Made up", body: "" }));
    await assertFails(setDoc(doc(as.ada, `${INBOX}/new`), { readAt: serverTimestamp() }));
  });
  it("denies a sender to create a notification from a client", async () => {
    const sender = as.signedIn("sam", { senderUntil: Math.floor(Date.now() / 1000) + 60 });

    await assertFails(setDoc(doc(sender, `${INBOX}/new`), { title: "Hello", body: "World" }));
  });

  it("denies another user to mark a notification", () =>
    assertFails(updateDoc(n1(as.bob), { readAt: serverTimestamp() })));

  for (const field of OWNER_FIELDS) {
    describe(field, () => {
      it("may be set to the server's time", () =>
        assertSucceeds(updateDoc(n1(as.ada), { [field]: serverTimestamp() })));
      it("may be set on a document that does not have it yet", () =>
        assertSucceeds(updateDoc(bare(as.ada), { [field]: serverTimestamp() })));
      it("may be set to a time noted while offline", () =>
        assertSucceeds(
          updateDoc(n1(as.ada), { [field]: Timestamp.fromMillis(Date.now() - HOUR_MS) }),
        ));
      it("may go back to null", async () => {
        await assertSucceeds(updateDoc(n1(as.ada), { [field]: serverTimestamp() }));
        await assertSucceeds(updateDoc(n1(as.ada), { [field]: null }));
      });
      it("may not lie in the future", () =>
        assertFails(
          updateDoc(n1(as.ada), { [field]: Timestamp.fromMillis(Date.now() + 60 * SECOND_MS) }),
        ));
      it("may not be anything but a time", async () => {
        for (const value of [true, 1_700_000_000, "2026-11-23T10:00:00Z", {}, []]) {
          await assertFails(updateDoc(n1(as.ada), { [field]: value }));
        }
      });
      it("may not be removed", async () => {
        await as.given(`${INBOX}/n1`, { title: "Hello", [field]: Timestamp.now() });

        await assertFails(updateDoc(n1(as.ada), { [field]: deleteField() }));
      });
    });
  }

  it("denies the owner to change what a notification says", async () => {
    for (const field of ["title", "body", "link", "data", "createdAt", "expireAt", "unknown"]) {
      await assertFails(updateDoc(n1(as.ada), { [field]: "changed" }));
    }
  });
  it("denies a mark that comes with another change", () =>
    assertFails(updateDoc(n1(as.ada), { readAt: serverTimestamp(), title: "changed" })));
  it("denies the owner to replace a notification by its marks", () =>
    assertFails(setDoc(n1(as.ada), { readAt: serverTimestamp() })));
  it("lets the owner mark one field though a backend left another one odd", async () => {
    await as.given(`${INBOX}/n1`, { title: "Hello", readAt: true });

    await assertSucceeds(updateDoc(n1(as.ada), { archivedAt: serverTimestamp() }));
  });
  it("denies a whole batch for one forbidden write in it", async () => {
    const batch = writeBatch(as.ada);
    batch.update(n1(as.ada), { readAt: serverTimestamp() });
    batch.update(bare(as.ada), { message: "changed" });

    await assertFails(batch.commit());
  });
});
