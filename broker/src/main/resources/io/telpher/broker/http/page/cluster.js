// Whether this broker is a node of a cluster: without one there is no view of nodes.
import { useEffect, useState } from "./lib.js";
import { get, onAccess } from "./api.js";

let named = "";
const listeners = new Set();

async function ask() {
  try {
    named = (await get("/cluster")).name;
  } catch (failure) {
    if (failure.status === 404) named = "";
    else return; // not allowed, or it does not answer: what was known holds
  }
  listeners.forEach((listener) => listener());
}

export function start() {
  onAccess((what) => what.kind === "token" && ask());
  return ask();
}

/** The cluster's name, empty without one. */
export function useCluster() {
  const [, redraw] = useState(0);
  useEffect(() => {
    const listener = () => redraw((n) => n + 1);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, []);
  return named;
}
