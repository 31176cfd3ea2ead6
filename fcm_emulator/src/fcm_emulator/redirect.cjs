"use strict";
/**
 * Sends what a Node program means for FCM to the emulator at FCM_EMULATOR_HOST (host:port):
 *
 *   FCM_EMULATOR_HOST=127.0.0.1:9599 node --require /path/to/redirect.cjs program.js
 *
 * firebase-admin has no option for FCM's address and always speaks https, so the redirection is below it, at
 * Node's own http2.connect, https.request and fetch. Nothing of the SDK is touched. Tried with firebase-admin 14.5.1.
 */
const http = require("node:http");
const http2 = require("node:http2");
const https = require("node:https");

const HOSTS = new Set(["fcm.googleapis.com", "iid.googleapis.com"]);

const address = process.env.FCM_EMULATOR_HOST;
if (!/^[^/\s]+:\d+$/.test(address ?? "")) {
  throw new Error(
    "FCM_EMULATOR_HOST must be host:port of a running FCM emulator, such as 127.0.0.1:9599",
  );
}
const emulator = new URL(`http://${address}`);

const original = { connect: http2.connect, request: https.request, fetch: globalThis.fetch };

/** The emulator in place of FCM; any other URL as it is. */
function redirect(url) {
  if (url.protocol !== "https:" || !HOSTS.has(url.hostname)) return url;
  return new URL(url.pathname + url.search, emulator);
}

http2.connect = function connect(authority, ...rest) {
  const url = new URL(authority);
  if (redirect(url) === url) return original.connect.call(http2, authority, ...rest);
  // Plain HTTP/2, which the emulator speaks by prior knowledge.
  const session = original.connect.call(http2, emulator, ...rest);
  const request = session.request;
  // The SDK sends the scheme with a colon (14.5.1: "https:"), which Google lets pass and the emulator's server does not.
  session.request = (headers, ...options) =>
    request.call(session, { ...headers, ":scheme": "http" }, ...options);
  return session;
};

https.request = function request(...args) {
  const isUrl = typeof args[0] === "string" || args[0] instanceof URL;
  const options = { ...(isUrl ? args[1] : args[0]) };
  const host = isUrl ? new URL(args[0]).hostname : (options.hostname ?? options.host);
  if (!HOSTS.has(host)) return original.request.apply(https, args);
  const url = isUrl ? new URL(args[0]) : new URL(options.path ?? "/", `https://${host}`);
  const callback = args.findLast((argument) => typeof argument === "function");
  // An agent for TLS cannot serve a plain connection.
  for (const name of ["agent", "host", "hostname", "port", "protocol", "path"])
    delete options[name];
  return http.request(redirect(url), options, callback);
};

https.get = function get(...args) {
  const request = https.request(...args);
  request.end();
  return request;
};

globalThis.fetch = function fetch(input, init) {
  if (input instanceof Request) {
    const url = new URL(input.url);
    return original.fetch(redirect(url) === url ? input : new Request(redirect(url), input), init);
  }
  return original.fetch(redirect(new URL(input)), init);
};
