// Requests to the broker. A token, when one is needed, lives as long as the tab and goes with each request; it is never in an address.
const TOKEN = "telpher.token";
const listeners = new Set();

export const token = () => sessionStorage.getItem(TOKEN) ?? "";

export function setToken(text) {
  if (text) sessionStorage.setItem(TOKEN, text);
  else sessionStorage.removeItem(TOKEN);
  listeners.forEach((listener) => listener({ kind: "token" }));
}

/** Is told { kind: "token" } when it changed, and { kind: "refused" } when the broker wants one. */
export function onAccess(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A refusal of the broker's: what, and the way out. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? "the broker answered " + status);
    this.status = status;
    this.code = problem.code ?? "";
    this.hint = problem.hint ?? "";
  }
}

export function headers(more = {}) {
  return token() ? { ...more, Authorization: "Bearer " + token() } : more;
}

export async function refusal(response) {
  let problem = {};
  try {
    problem = await response.json();
  } catch {
    // A proxy in between answers with pages of its own; the status says enough.
  }
  if (response.status === 401) listeners.forEach((listener) => listener({ kind: "refused" }));
  return new Refused(response.status, problem);
}

async function send(method, path, body, signal) {
  const options = { method, signal, headers: headers(body === undefined ? {} : { "Content-Type": "application/json" }), cache: "no-store" };
  if (body !== undefined) options.body = JSON.stringify(body);
  let response;
  try {
    response = await fetch("/api/v1" + path, options);
  } catch (failure) {
    if (failure.name === "AbortError") throw failure;
    throw new Refused(0, { detail: "the broker does not answer", hint: "is it running? This page tries again by itself" });
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

/** Sign, digits and exponent, so that two ways to write a number are the same; empty when it is none, as of Infinity. */
const plain = (text) => {
  const number = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text);
  if (!number) return "";
  const [, sign, whole, fraction = "", exponent = "0"] = number;
  const digits = (whole + fraction).replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  return kept === "" ? "0" : sign + kept + "e" + (Number(exponent) - fraction.length + digits.length - kept.length);
};

/** A payload's numbers that JavaScript would round are shown, copied and sent back as they were written. */
const exact = (name, value, context) => (typeof value === "number" && context?.source && JSON.rawJSON && plain(context.source) !== plain(String(value)) ? JSON.rawJSON(context.source) : value);
export const parse = (text) => JSON.parse(text, exact);
const read = async (response) => parse(await response.text());

export const get = async (path, signal) => read(await send("GET", path, undefined, signal));
export const post = async (path, body = {}) => read(await send("POST", path, body));
export const put = async (path, body) => read(await send("PUT", path, body));
export const remove = async (path) => read(await send("DELETE", path));
export const download = async (path) => (await send("GET", path)).blob();

/** Path segments and parameters of names that others chose. */
export const part = (name) => encodeURIComponent(name);

export function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length ? "?" + new URLSearchParams(given) : "";
}
