// Which versions of which programs work: one that does not say its version counts for itself.

/** What a worker is of, without the number of its process. */
export const program = (worker) => String(worker.client).replace(/ pid \d+$/, "");

/** Per queue the versions that its workers say, the most workers first: [{ queue, versions: [{ version, workers, hosts }] }]. */
export function versionsByQueue(workers) {
  const queues = new Map();
  for (const worker of workers.filter((each) => each.version)) {
    for (const queue of worker.queues) {
      const versions = queues.get(queue) ?? new Map();
      queues.set(queue, versions);
      const seen = versions.get(worker.version) ?? { version: worker.version, workers: 0, hosts: new Set() };
      versions.set(worker.version, seen);
      seen.workers += 1;
      seen.hosts.add(worker.host || worker.address.replace(/:\d+$/, ""));
    }
  }
  return [...queues].map(([queue, versions]) => ({ queue, versions: [...versions.values()].sort((a, b) => b.workers - a.workers) }))
    .sort((a, b) => b.versions.length - a.versions.length || (a.queue < b.queue ? -1 : 1));
}
