import { after, before, beforeEach, describe, it } from "node:test";
import { assertFails, assertSucceeds } from "@firebase/rules-unit-testing";
import { collection, deleteDoc, doc, getDoc, getDocs, setDoc, updateDoc } from "firebase/firestore";
import { rulesEnvironment } from "./environment.mjs";

const NOW_S = Math.floor(Date.now() / 1000);

let as;
before(async () => {
  as = await rulesEnvironment("templates");
});
beforeEach(async () => {
  await as.clear();
  await as.given("templates/welcome", { title: "Welcome, {name}" });
});
after(() => as.close());

const welcome = (db) => doc(db, "templates/welcome");
const withClaims = (claims) => as.signedIn("sam", claims);

describe("match /templates/{name}", () => {
  it("denies somebody who is not signed in", () => assertFails(getDoc(welcome(as.stranger))));
  it("denies a user who is no sender", async () => {
    await assertFails(getDoc(welcome(as.ada)));
    await assertFails(getDocs(collection(as.ada, "templates")));
  });
  it("lets a sender read and list", async () => {
    const sender = withClaims({ senderUntil: NOW_S + 60 });

    await assertSucceeds(getDoc(welcome(sender)));
    await assertSucceeds(getDocs(collection(sender, "templates")));
  });
  it("denies a sender whose time is over", () =>
    assertFails(getDoc(welcome(withClaims({ senderUntil: NOW_S - 60 })))));
  it("denies a claim that is no integer of seconds", async () => {
    for (const senderUntil of [true, String(NOW_S + 60), NOW_S + 60.5, null]) {
      await assertFails(getDoc(welcome(withClaims({ senderUntil }))));
    }
  });
  it("denies a sender to write", async () => {
    const sender = withClaims({ senderUntil: NOW_S + 60 });

    await assertFails(setDoc(doc(sender, "templates/new"), { title: "New" }));
    await assertFails(updateDoc(welcome(sender), { title: "Changed" }));
    await assertFails(deleteDoc(welcome(sender)));
  });
});
