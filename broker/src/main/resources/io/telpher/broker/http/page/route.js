// Every view has an address of its own behind the #, so the broker serves one page and a link can be sent to somebody.
import { useEffect, useState } from "./lib.js";

function parse() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  let segments;
  try {
    segments = path.split("/").filter(Boolean).map(decodeURIComponent);
  } catch {
    segments = ["nothing-there"]; // an address that is cut off in the middle of a character
  }
  return { path: segments, view: segments[0] ?? "overview", name: segments[1] ?? "", query: Object.fromEntries(new URLSearchParams(query)) };
}

export function address(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return "#/" + path.map(encodeURIComponent).join("/") + (given.length ? "?" + new URLSearchParams(given) : "");
}

/** @param replace no step for the browser's back button: a filter that is being typed */
export function go(path, query = {}, replace = false) {
  if (replace) {
    history.replaceState(null, "", address(path, query));
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = address(path, query);
  }
}

export function useRoute() {
  const [route, setRoute] = useState(parse);
  useEffect(() => {
    const listener = () => setRoute(parse());
    addEventListener("hashchange", listener);
    return () => removeEventListener("hashchange", listener);
  }, []);
  return route;
}
