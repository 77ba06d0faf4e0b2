// What a view asks for, kept until the next answer is there, and asked for again when something changed.
import { useCallback, useEffect, useRef, useState } from "./lib.js";
import { get } from "./api.js";

/**
 * Gets all paths at once, again every `everyMs` while the tab is seen and nothing is under way (0 = never), and by `reload`.
 * A path of null is left out. `optional` says by status which refusals are an answer too, shown as null.
 */
export function useLoad(paths, everyMs = 0, optional = []) {
  const key = JSON.stringify(paths);
  const [shown, setShown] = useState({ key: "", values: null, failure: null });
  const running = useRef(null);
  const reload = useCallback(async () => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    try {
      const values = await Promise.all(paths.map((path) => path === null ? null
        : get(path, mine.signal).catch((failure) => {
          if (optional.includes(failure.status)) return null;
          throw failure;
        })));
      if (running.current === mine) setShown({ key, values, failure: null });
    } catch (failure) {
      if (running.current === mine && failure.name !== "AbortError") setShown((before) => ({ key, values: before.key === key ? before.values : null, failure }));
    } finally {
      if (running.current === mine) running.current = null;
    }
  }, [key]);
  useEffect(() => {
    reload();
    const timer = everyMs ? setInterval(() => document.hidden || running.current || reload(), everyMs) : 0;
    return () => {
      clearInterval(timer);
      running.current?.abort();
      running.current = null;
    };
  }, [reload, everyMs]);
  const isPresent = shown.key === key;
  return { values: isPresent ? shown.values : null, failure: isPresent ? shown.failure : null, reload };
}

/** Calls at most once in so many ms, the last time for certain. */
export function useThrottled(call, ms) {
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(() => {
    timer.current = timer.current || setTimeout(() => {
      timer.current = 0;
      call();
    }, ms);
  }, [call, ms]);
}
