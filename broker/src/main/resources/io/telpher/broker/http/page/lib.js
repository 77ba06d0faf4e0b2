// Preact, its hooks and htm, as one file of a library. Views take them from here.
export { html, render, useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback } from "./lib/standalone.module.js";
