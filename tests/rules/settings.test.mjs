import { after, before, beforeEach, describe, it } from "node:test";
import { assertFails, assertSucceeds } from "@firebase/rules-unit-testing";
import {
  Timestamp,
  collection,
  deleteDoc,
  deleteField,
  doc,
  documentId,
  getDoc,
  getDocs,
  query,
  serverTimestamp,
  setDoc,
  updateDoc,
  where,
} from "firebase/firestore";
import { rulesEnvironment } from "./environment.mjs";

const COMPLETE = {
  preferences: { news: { push: false, inbox: true }, "chat.direct": { push: true } },
  quietHours: { start: "22:00", end: "07:30", timezone: "Europe/Berlin", enabled: true },
  locale: "pt-BR",
  inboxSeenAt: serverTimestamp(),
};

const ODD = { preferences: "off", quietHours: { start: 22 }, locale: 49, inboxSeenAt: true };

let as;
before(async () => {
  as = await rulesEnvironment("settings");
});
beforeEach(() => as.clear());
after(() => as.close());

const settings = (db) => doc(db, "app-notifications/ada");
const categories = (count) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`category-${n}`, { push: true }]));

async function allows(field, values) {
  for (const value of values) {
    await assertSucceeds(setDoc(settings(as.ada), { [field]: value }));
  }
}

async function denies(field, values) {
  for (const value of values) {
    await assertFails(setDoc(settings(as.ada), { [field]: value }));
  }
}

describe("match /app-notifications/{uid}", () => {
  it("denies somebody who is not signed in", async () => {
    await assertFails(getDoc(settings(as.stranger)));
    await assertFails(setDoc(settings(as.stranger), COMPLETE));
  });

  it("denies another user to read settings", () => assertFails(getDoc(settings(as.bob))));
  it("lets the owner read settings, also before there are any", () =>
    assertSucceeds(getDoc(settings(as.ada))));
  it("denies everybody to list people's settings, also a list of one's own", async () => {
    const all = collection(as.ada, "app-notifications");

    await assertFails(getDocs(all));
    await assertFails(getDocs(query(all, where(documentId(), "==", "ada"))));
  });

  it("denies another user to create settings", () =>
    assertFails(setDoc(settings(as.bob), COMPLETE)));
  it("lets the owner create settings with every field", () =>
    assertSucceeds(setDoc(settings(as.ada), COMPLETE)));
  it("lets the owner create settings without any field", () =>
    assertSucceeds(setDoc(settings(as.ada), {})));
  it("denies the owner to create settings with an unknown field", () =>
    assertFails(setDoc(settings(as.ada), { ...COMPLETE, tags: ["plan:pro"] })));

  it("denies another user to change settings", async () => {
    await as.given("app-notifications/ada", { locale: "de" });

    await assertFails(updateDoc(settings(as.bob), { locale: "en" }));
  });
  it("lets the owner change and remove one field", async () => {
    await as.given("app-notifications/ada", { locale: "de" });

    await assertSucceeds(updateDoc(settings(as.ada), { locale: "en" }));
    await assertSucceeds(updateDoc(settings(as.ada), { locale: deleteField() }));
  });
  it("lets the owner change one category beside the others", async () => {
    await as.given("app-notifications/ada", { preferences: { news: { push: true } } });

    await assertSucceeds(updateDoc(settings(as.ada), { "preferences.chat": { push: false } }));
  });
  it("denies the owner to add an unknown field or touch a server's", async () => {
    await as.given("app-notifications/ada", { locale: "de", importedFrom: "elsewhere" });

    await assertFails(updateDoc(settings(as.ada), { tags: ["plan:pro"] }));
    await assertFails(updateDoc(settings(as.ada), { importedFrom: "here" }));
  });
  it("lets the owner change a field beside a server's", async () => {
    await as.given("app-notifications/ada", { locale: "de", importedFrom: "elsewhere" });

    await assertSucceeds(updateDoc(settings(as.ada), { locale: "en" }));
  });
  it("denies the owner a change of a valid field to an invalid one", async () => {
    await as.given("app-notifications/ada", COMPLETE);

    for (const [field, value] of Object.entries(ODD)) {
      await assertFails(updateDoc(settings(as.ada), { [field]: value }));
    }
  });

  for (const [field, value] of Object.entries(ODD)) {
    describe(`${field} that a backend left odd`, () => {
      const others = Object.entries(COMPLETE).filter(([name]) => name !== field);
      beforeEach(() => as.given("app-notifications/ada", { [field]: value }));

      it("lets the owner change every other field", async () => {
        for (const [name, valid] of others) {
          await assertSucceeds(updateDoc(settings(as.ada), { [name]: valid }));
        }
      });
      it("lets the owner mend or remove it", async () => {
        await assertSucceeds(updateDoc(settings(as.ada), { [field]: deleteField() }));
        await assertSucceeds(updateDoc(settings(as.ada), { [field]: COMPLETE[field] }));
      });
      it("denies the owner to make it odd in another way", () =>
        assertFails(updateDoc(settings(as.ada), { [field]: "odd in another way" })));
      it("denies the owner to make another field odd, too", async () => {
        for (const [name] of others) {
          await assertFails(updateDoc(settings(as.ada), { [name]: ODD[name] }));
        }
      });
    });
  }

  it("denies another user to delete settings", () => assertFails(deleteDoc(settings(as.bob))));
  it("lets the owner delete settings", () => assertSucceeds(deleteDoc(settings(as.ada))));

  describe("preferences", () => {
    it("may switch push and inbox per category", () =>
      allows("preferences", [
        {},
        { news: { push: true, inbox: true } },
        { news: { push: true, inbox: false } },
        { news: { push: false, inbox: true } },
        { news: { push: false, inbox: false } },
        { a: { push: true }, b: { push: false }, c: { inbox: true }, d: { inbox: false } },
        { "Order updates, all of them": { push: false }, ["Ä".repeat(100)]: { push: false } },
      ]));
    it("may hold 64 categories and not one more", async () => {
      await allows("preferences", [categories(64)]);
      await denies("preferences", [categories(65)]);
    });
    it("may not be anything but a map", () => denies("preferences", [null, true, "off", []]));
    it("may not hold anything but switches", () =>
      denies("preferences", [
        { news: true },
        { news: {} },
        { news: { push: "no" } },
        { news: { push: 0 } },
        { news: { email: true } },
        { news: { push: true, email: true } },
        { good: { push: true }, bad: { push: null } },
      ]));
    it("may not hold names that are no category", () =>
      denies("preferences", [
        { "one;two": { push: true } },
        { ["x".repeat(101)]: { push: true } },
        { good: { push: true }, ["x".repeat(101)]: { push: true } },
      ]));
  });

  describe("quietHours", () => {
    it("may have a start and an end, with or without zone and switch", () =>
      allows("quietHours", [
        { start: "22:00", end: "07:00" },
        { start: "00:00", end: "23:59", timezone: "America/Argentina/Buenos_Aires" },
        { start: "22:00", end: "07:00", enabled: false },
        { start: "22:00", end: "07:00", timezone: "Etc/GMT+3", enabled: true },
      ]));
    it("may not lack start or end", () =>
      denies("quietHours", [{}, { start: "22:00" }, { end: "07:00" }]));
    it("may not be anything but a map", () => denies("quietHours", [null, true, "22:00-07:00"]));
    it("may not hold times that no clock shows", () =>
      denies(
        "quietHours",
        ["24:00", "7:00", "07:60", "0700", "07:00:00", " 07:00", 7, null].map((start) => ({
          start,
          end: "08:00",
        })),
      ));
    it("may not hold a zone of another form", () =>
      denies(
        "quietHours",
        ["", "Europe Berlin", "x".repeat(65), 1, null].map((timezone) => ({
          start: "22:00",
          end: "07:00",
          timezone,
        })),
      ));
    it("may not hold a switch that is no bool, or more fields", () =>
      denies("quietHours", [
        { start: "22:00", end: "07:00", enabled: "yes" },
        { start: "22:00", end: "07:00", days: [1, 2] },
      ]));
  });

  describe("locale", () => {
    it("may be a language tag", () =>
      allows("locale", ["de", "pt-BR", "zh-Hant-TW", "es-419", "de-u-co-phonebk"]));
    it("may not be anything else", () =>
      denies("locale", [
        "",
        "d",
        "pt_BR",
        "de-",
        "german!",
        `de${"-abcdefgh".repeat(4)}`,
        1,
        null,
      ]));
  });

  describe("inboxSeenAt", () => {
    it("may be a time that has come", () =>
      allows("inboxSeenAt", [serverTimestamp(), Timestamp.fromMillis(Date.now() - 1000)]));
    it("may not be a time to come, or no time", () =>
      denies("inboxSeenAt", [Timestamp.fromMillis(Date.now() + 60_000), 1, "now", null]));
  });
});
