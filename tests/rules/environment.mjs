// One test environment per test file: a project of its own, the repository's rules, people to act as.
import { readFileSync } from "node:fs";
import { initializeTestEnvironment } from "@firebase/rules-unit-testing";
import { setLogLevel } from "firebase/firestore";

// Every expected denial would be logged as an error.
setLogLevel("silent");

export const RULES = readFileSync(new URL("../../firestore.rules", import.meta.url), "utf8");

/** Address of the Firestore emulator, from the environment: a rules test without one proves nothing. */
function emulatorAddress() {
  const address = process.env.FIRESTORE_EMULATOR_HOST;
  if (!address) {
    throw new Error(
      "FIRESTORE_EMULATOR_HOST is not set: start a Firestore emulator and give its host:port, " +
        "for example 127.0.0.1:8080.",
    );
  }
  const [host, port] = address.split(":");
  return { host, port: Number(port) };
}

/**
 * Loads the repository's rules into the project `demo-rules-<name>`.
 *
 * @param name word unlike every other test file's, since files run at the same time.
 */
export async function rulesEnvironment(name) {
  const environment = await initializeTestEnvironment({
    projectId: `demo-rules-${name}`,
    firestore: { ...emulatorAddress(), rules: RULES },
  });
  const signedIn = (uid, claims) => environment.authenticatedContext(uid, claims).firestore();
  return {
    ada: signedIn("ada"),
    bob: signedIn("bob"),
    stranger: environment.unauthenticatedContext().firestore(),
    signedIn,
    clear: () => environment.clearFirestore(),
    close: () => environment.cleanup(),
    /** Writes as a server does, past the rules. */
    given: (path, data) =>
      environment.withSecurityRulesDisabled((context) => context.firestore().doc(path).set(data)),
  };
}
