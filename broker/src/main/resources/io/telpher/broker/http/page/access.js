// What the present token allows, so that a view offers only what will be granted. The broker checks all the same.
import { useEffect, useState } from "./lib.js";
import { get, onAccess } from "./api.js";

const EVERYTHING = { name: "", roles: ["submit", "work", "read", "admin"], allow: ["admin"], deny: [], asks_for_token: false };

export let access = EVERYTHING;
const listeners = new Set();

async function ask() {
  try {
    access = await get("/access");
  } catch (failure) {
    access = failure.status === 404 ? EVERYTHING : { ...EVERYTHING, roles: [], allow: [], asks_for_token: failure.status === 401 };
  }
  listeners.forEach((listener) => listener());
}

export function start() {
  onAccess((what) => what.kind === "token" && ask());
  return ask();
}

/** A star stands for any characters; a queue that is left out: some queue. */
const matches = (pattern, queue) => queue === undefined || new RegExp("^" + pattern.replaceAll(".", "\\.").replaceAll("*", ".*") + "$").test(queue);

/** Rules are like "admin", "read:mail" or "*:orders.*". An admin may do what the others may; what is denied is only what it says. */
function covers(rule, roles, queue) {
  const [role, pattern = "*"] = rule.split(":");
  return roles.includes(role) && matches(pattern, queue);
}

export function may(role, queue) {
  const isDenied = queue !== undefined && access.deny.some((rule) => covers(rule, [role, "*"], queue));
  return !isDenied && access.allow.some((rule) => covers(rule, [role, "admin", "*"], queue));
}

/** What concerns no one queue needs the role for all of them. */
export function mayEverywhere(role) {
  return access.deny.length === 0 && access.allow.some((rule) => [role, "admin", "*"].includes(rule.split(":")[0]) && ["*", undefined].includes(rule.split(":")[1]));
}

export function useAccess() {
  const [, redraw] = useState(0);
  useEffect(() => {
    const listener = () => redraw((n) => n + 1);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, []);
  return access;
}
