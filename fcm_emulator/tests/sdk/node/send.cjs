"use strict";
// Does with the unmodified Node SDK what the scene on stdin asks for; what came of it goes to stdout as JSON.
const { readFileSync } = require("node:fs");
const { initializeApp } = require("firebase-admin/app");
const { getMessaging } = require("firebase-admin/messaging");

const scene = JSON.parse(readFileSync(0, "utf8"));
const credential = {
  getAccessToken: async () => ({ access_token: "owner", expires_in: 3600 }),
};
const messaging = getMessaging(initializeApp({ credential, projectId: scene.project }));
const notification = { title: "Hello", body: "from Node" };

const codeOf = (promise) =>
  promise.then(
    () => "accepted",
    (error) => error.code,
  );
const outcomes = (batch) =>
  batch.responses.map((response) => (response.success ? response.messageId : response.error.code));

async function sends() {
  const { phone, oldPhone, missing, failing } = scene;
  const failures = Object.entries(failing).map(async ([fault, fid]) => [
    fault,
    await codeOf(messaging.send({ fid, notification })),
  ]);
  const found = {
    fid: await messaging.send({ fid: phone, notification }),
    token: await messaging.send({ token: oldPhone, data: { a: "b" } }),
    validated: await messaging.send({ fid: phone, notification }, true),
    each: outcomes(
      await messaging.sendEach([
        { fid: phone, notification },
        { fid: missing, notification },
      ]),
    ),
    multicast: outcomes(
      await messaging.sendEachForMulticast({ fids: [phone, missing], tokens: [oldPhone] }),
    ),
    malformed: await codeOf(messaging.send({ token: "nonsense" })),
  };
  messaging.enableLegacyHttpTransport();
  found.overHttp1 = outcomes(await messaging.sendEach([{ fid: phone, notification }]));
  found.failures = Object.fromEntries(await Promise.all(failures));
  return found;
}

async function topics() {
  const { phone, oldPhone, missing, topic } = scene;
  const subscribed = await messaging.subscribeToTopic([phone, oldPhone, missing], topic);
  const sent = await messaging.send({ topic, notification });
  const left = await messaging.unsubscribeFromTopic([phone, oldPhone], topic);
  const legacy = await messaging.subscribeToTopicLegacy([oldPhone, missing], topic);
  const legacyLeft = await messaging.unsubscribeFromTopicLegacy(oldPhone, topic);
  const counts = [subscribed, left, legacy, legacyLeft].map((result) => [
    result.successCount,
    result.failureCount,
  ]);
  return { counts, sent, errors: subscribed.errors.map(({ error }) => error.code) };
}

const part = { sends, topics }[process.argv[2]];
part().then(
  (found) => process.stdout.write(JSON.stringify(found)),
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  },
);
