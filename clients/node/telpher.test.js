'use strict';
// node --test: the codec over the conformance vectors; with TELPHER_URL also the client over a broker.

const assert = require('node:assert');
const { randomUUID } = require('node:crypto');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { describe, it } = require('node:test');
const codec = require('./codec');
const { HOPS_MAX, leaderOf, parseUrl } = require('./link');
const { ConnectionLost, PermanentFailure, Refused, RetryAfter, Telpher, spec } = require('./index');

const VECTORS = path.join(__dirname, '../../protocol/src/test/resources/vectors');
const URL = process.env.TELPHER_URL ?? '';
const PATIENCE = 60_000;
const quiet = { log: () => {} };

function vectors(file) {
  return fs.readFileSync(path.join(VECTORS, file), 'ascii').split('\n\n')
    .map((entry) => entry.replace(/\n +/g, ' ').split('\n').filter((line) => line && !line.startsWith('#')))
    .filter((lines) => lines.length)
    .map((lines) => Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)])))
    .map((vector) => ({ ...vector, frame: Buffer.concat(vector.hex.split(' ').map((token) => Buffer.alloc(Number(token.slice(3) || 1),
      Buffer.from(token.slice(0, 2), 'hex')))) }));
}

const known = (file) => vectors(file).filter(({ frame }) => codec.MESSAGES.has(frame[4]));

/** Numbers as text on both sides: JSON.parse would round large ones. */
const expected = (json) => flat(JSON.parse(json.replace(/([:[,] ?)(-?\d+(?:\.\d+)?)(?=[,}\]])/g, '$1"$2"')));

function flat({ view, result, ...fields }) {
  const whole = { ...fields, ...view, result: view ? view.result : result };
  if (whole.result === undefined) delete whole.result;
  else if (typeof whole.result !== 'string') {
    const { content_type = '', bytes = '', is_present = false } = whole.result ?? {};
    Object.assign(whole, { result_type: content_type, result: bytes, has_result: is_present });
  }
  return whole;
}

function shown(value) {
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shown(each)])) : value;
}

describe('the codec', () => {
  it('reads what is valid', () => {
    const valid = known('valid.hex');
    assert.ok(valid.length > 60);
    for (const vector of valid) {
      const want = expected(vector.fields);
      const found = shown(codec.decode(vector.frame));
      for (const [key, value] of Object.entries(want)) {
        if (key === 'entries') continue;
        if (key in found) assert.deepStrictEqual(found[key], value, `${vector.name}: ${key}`);
        else assert.strictEqual(key, 'lease_id', vector.name);
      }
    }
  });

  it('writes what it has read', () => {
    for (const { name, frame } of known('valid.hex').filter((vector) => vector.frame[4] < 0x70 && /-(least|most)$/.test(vector.name))) {
      const { message, request_id, ...fields } = codec.decode(frame);
      for (const nested of ['tasks', 'follow_ups']) {
        fields[nested] &&= fields[nested].map((submit) => codec.encode('submit', submit.request_id, submit));
      }
      assert.strictEqual(codec.encode(message, request_id, fields).toString('hex'), frame.toString('hex'), name);
    }
  });

  it('refuses what is damaged', () => {
    const damaged = known('damaged.hex').filter((vector) => vector.verdict === 'malformed');
    assert.ok(damaged.length > 200);
    for (const { name, frame } of damaged) assert.throws(() => codec.decode(frame), codec.Malformed, name);
  });

  it('reads the entries of a batch', () => {
    for (const vector of known('valid.hex').filter(({ name }) => name.startsWith('batch-submitted'))) {
      assert.deepStrictEqual(shown(codec.entries(codec.decode(vector.frame))), expected(vector.fields).entries
        .map(({ task_id, state, duplicate }) => ({ task_id, state, duplicate })), vector.name);
    }
  });

  it('shows and parses ids', () => {
    for (const id of [0n, 1n, 0x7f3a2n, (1n << 63n) - 1n, -1n]) assert.strictEqual(codec.parseId(codec.showId(id)), id);
    for (const text of ['7f3a2', 't-', 't-xyz', 't-1ffffffffffffffff']) assert.throws(() => codec.parseId(text), RangeError);
  });

  it('reads addresses and token', () => {
    assert.deepStrictEqual(parseUrl('tq://se%40cret@a,b:1,[::1]:2'), { token: 'se@cret', tls: null,
      hosts: [{ host: 'a', port: 8357 }, { host: 'b', port: 1 }, { host: '::1', port: 2 }] });
    for (const url of ['http://a', 'tq://', 'tq://a,,b', 'tq://a?ca=x', 'tqs://a?x=y']) assert.throws(() => parseUrl(url), RangeError, url);
  });
});

/** A node of a cluster, as a client sees it: says who leads, or takes submits itself while `leader()` is null. */
async function node(leader = () => null) {
  const self = { leader, hellos: 0, submits: 0 };
  const sockets = new Set();
  const text = () => `this node does not lead the cluster; leader=${self.leader()}`;
  const answers = {
    hello: () => {
      self.hellos++;
      return self.leader() === null
        ? ['welcome', { version: 1, capabilities: 0, frame_bytes_max: 1 << 20, broker_time_ms: 0n, session_id: 1n, broker_version: '0' }]
        : ['error', { code: 'not_leader', retry_after_ms: 0, text: text(), hint: '' }];
    },
    submit: () => {
      self.submits++;
      return self.leader() === null
        ? ['submitted', { task_id: 7n, created_at_ms: 0n, state: 'ready', duplicate: false, has_result: false, result_type: '', result: Buffer.alloc(0) }]
        : ['goaway', { code: 17, drain: 'none', reason: text() }]; // deposed, and the reply is lost
    },
  };
  const server = net.createServer((socket) => {
    sockets.add(socket);
    let rest = Buffer.alloc(0);
    socket.on('error', () => {}).on('data', (data) => {
      rest = Buffer.concat([rest, data]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32LE(0)) {
        const message = codec.decode(rest.subarray(0, 4 + rest.readUInt32LE(0)));
        rest = rest.subarray(4 + rest.readUInt32LE(0));
        const answer = answers[message.message]?.();
        if (!answer) continue;
        const isRefusal = answer[0] === 'error' || answer[0] === 'goaway';
        socket.write(codec.encode(answer[0], isRefusal ? 0 : message.request_id, answer[1]));
        if (isRefusal) socket.end();
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  self.address = `127.0.0.1:${server.address().port}`;
  self.close = () => {
    server.close();
    sockets.forEach((socket) => socket.destroy());
  };
  return self;
}

describe('a cluster', () => {
  const using = async (nodes, use) => {
    const broker = new Telpher(`tq://${nodes[0].address}`, quiet);
    try {
      await use(broker);
    } finally {
      broker.close();
      nodes.forEach((each) => each.close());
    }
  };

  it('is entered by any node: the client goes on to the one that leads', async () => {
    const leader = await node();
    const other = await node(() => leader.address);
    await using([other, leader], async (broker) => {
      assert.strictEqual((await broker.submit('a', 'x')).id, 't-7');
      assert.deepStrictEqual([other.hellos, leader.hellos], [1, 1]);
    });
  });

  it('is not asked for its leader more than three times in a row', async () => {
    const first = await node(() => first.address);
    await using([first], async (broker) => {
      const waits = [];
      let isWaiting = 0;
      broker.link.hooks.log = () => {};
      const lost = broker.link.lost.bind(broker.link);
      broker.link.lost = (reason) => {
        const before = broker.link.wait;
        lost(reason);
        if (broker.link.wait !== before && isWaiting++ === 0) {
          waits.push(first.hellos);
          first.leader = () => null; // it leads from now on
        }
      };
      assert.strictEqual((await broker.submit('a', 'x')).id, 't-7');
      assert.deepStrictEqual(waits, [1 + HOPS_MAX]);
    });
  });

  it('gets a submit with a key again, from the next leader', async () => {
    const second = await node();
    const first = await node();
    await using([first, second], async (broker) => {
      await broker.submit('a', 'x');
      first.leader = () => second.address;
      assert.strictEqual((await broker.submit('a', 'x', { key: 'k' })).id, 't-7');
      assert.deepStrictEqual([first.submits, second.submits], [2, 1]);
      second.leader = () => '';
      await assert.rejects(broker.submit('a', 'x'), (e) => e instanceof ConnectionLost && e.outcomeUnknown);
    });
  });

  it('says no address that is none', () => {
    for (const text of ['this node does not lead the cluster; leader=', 'no', '; leader=:1', '; leader=a:x']) assert.strictEqual(leaderOf(text), null);
  });
});

/** Stands between the client and the broker; `cut` resets what goes through it. */
async function proxied(use, swallow = 0) {
  const sockets = new Set();
  const proxy = { swallow, cut: () => sockets.forEach((socket) => socket.destroy()) };
  const [host, port] = URL.slice('tq://'.length).split(':');
  const server = net.createServer((client) => {
    const broker = net.connect({ host, port });
    for (const [from, to] of [[client, broker], [broker, client]]) {
      sockets.add(from);
      from.on('data', (data) => {
        if (from === broker && data[4] === 0x90 && proxy.swallow > 0) { // the reply to a submit is lost
          proxy.swallow--;
          proxy.cut();
        } else to.write(data);
      });
      from.on('error', () => {}); // its end is what counts, and that follows
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    proxy.url = `tq://127.0.0.1:${server.address().port}`;
    await use(proxy);
  } finally {
    server.close();
    proxy.cut();
  }
}

describe('the client', { skip: !URL && 'TELPHER_URL is not set' }, () => {
  const using = async (use, url = URL) => {
    const broker = new Telpher(url, quiet);
    try {
      await use(broker, `q-${randomUUID()}`);
    } finally {
      broker.close();
    }
  };

  /** Submits so many tasks, has them handled, and gives how they ended. */
  const work = async (broker, queue, handler, { count = 1, keys = false, ...options } = {}) => {
    const worker = broker.worker(queue, options).on('*', handler).start();
    try {
      const tasks = [];
      for (let n = 0; n < count; n++) tasks.push(await broker.submit('a', { n }, { queue, key: keys ? `k${n}` : '' }));
      return await Promise.all(tasks.map(({ id }) => broker.wait(id, PATIENCE)));
    } finally {
      await worker.stop();
    }
  };

  it('submits, works, and tells the result', () => using(async (broker, queue) => {
    const ended = await work(broker, queue, async (task) => {
      await task.progress(50, 'half');
      task.followUp('next', 'text', { queue: `${queue}-next` });
      return { twice: 2 * task.value.n };
    }, { count: 5 });
    assert.deepStrictEqual(ended.map((task) => task.result), [0, 1, 2, 3, 4].map((n) => ({ twice: 2 * n })));
    let seen = 0;
    await new Promise((resolve) => {
      const worker = broker.worker(`${queue}-next`).on('next', (task) => {
        assert.strictEqual(task.value, 'text');
        if (++seen === 5) worker.stop().then(resolve);
      }).start();
    });
  }));

  it('submits a batch, and cancels', () => using(async (broker, queue) => {
    const batch = await broker.submitBatch([0, 1, 2, 3, 4].map((n) => spec('a', 'x', { queue, key: String(n % 3) })));
    assert.deepStrictEqual(batch.map((each) => each.duplicate), [false, false, false, true, true]);
    assert.strictEqual(await broker.cancel(batch[0].id), 'cancelled');
    assert.strictEqual((await broker.get(batch[0].id)).state, 'cancelled');
  }));

  it('says why a request is refused', () => using(async (broker) => {
    await assert.rejects(broker.submit('a', '', { queue: 'no such name' }), (e) => e instanceof Refused && e.code === 'bad_request');
    await assert.rejects(broker.submit('a', '', { priority: 'urgent' }), RangeError);
  }));

  it('has failures end as they say', () => using(async (broker, queue) => {
    const handler = (task) => {
      const { n } = task.value;
      if (n === 0) throw new PermanentFailure('broken for good');
      if (n === 1 && task.attempt === 1) throw new RetryAfter(10);
      return n === 2 ? Buffer.alloc(2 << 20) : n === 3 ? () => {} : 'done';
    };
    const ended = await work(broker, queue, handler, { count: 5 });
    assert.deepStrictEqual(ended.map((task) => task.state), ['dead', 'completed', 'dead', 'dead', 'completed']);
    assert.match(ended[0].lastError, /broken for good/);
    assert.match(ended[2].lastError, /payload_too_large/);
    assert.match(ended[3].lastError, /can't be written/);
    assert.strictEqual(ended[1].attempts, 2);
  }));

  it('makes a dead letter of a type without handler, and of a payload that is not what it says', () => using(async (broker, queue) => {
    const worker = broker.worker(queue).on('a', (task) => task.value).start();
    const strange = await broker.submit('strange', '', { queue });
    const broken = await broker.submit('a', '{', { queue, contentType: 'application/json' });
    assert.match((await broker.wait(strange.id, PATIENCE)).lastError, /no handler for type strange/);
    assert.match((await broker.wait(broken.id, PATIENCE)).lastError, /no application\/json/);
    await worker.stop();
  }));

  it('tells the handler of a cancel', () => using(async (broker, queue) => {
    let began;
    const beginning = new Promise((resolve) => { began = resolve; });
    const worker = broker.worker(queue).on('a', async (task) => {
      began();
      await once(task.signal, 'abort');
      throw task.signal.reason;
    }).start();
    const { id } = await broker.submit('a', '', { queue });
    await beginning;
    assert.strictEqual(await broker.cancel(id), 'active');
    assert.strictEqual((await broker.wait(id, PATIENCE)).state, 'cancelled');
    await worker.stop();
  }));

  it('makes one task of a keyed submit whose reply was lost', () => proxied((proxy) => using(async (broker, queue) => {
    await assert.rejects(broker.submit('a', '', { queue }), (e) => e instanceof ConnectionLost && e.outcomeUnknown);
    proxy.swallow = 1;
    assert.ok((await broker.submit('a', '', { queue, key: 'k' })).duplicate);
  }, proxy.url), 1));

  it('ends no attempt when the connection is cut', () => proxied((proxy) => using(async (broker, queue) => {
    const handler = () => {
      proxy.cut();
      return 'once';
    };
    const ended = await work(broker, queue, handler, { count: 3, keys: true, concurrency: 1 });
    assert.deepStrictEqual(ended.map((task) => [task.state, task.attempts, task.result]), Array(3).fill(['completed', 1, 'once']));
  }, proxy.url.replace('//', '//127.0.0.1:1,'))));

  it('gives back what is not done when it stops', () => using(async (broker, queue) => {
    let began;
    const beginning = new Promise((resolve) => { began = resolve; });
    const worker = broker.worker(queue, { stopTimeoutMs: 10 }).on('a', (task) => {
      began();
      return once(task.signal, 'abort');
    }).start();
    const { id } = await broker.submit('a', '', { queue });
    await beginning;
    await worker.stop();
    const { state, attempts } = await broker.get(id);
    assert.deepStrictEqual([state, attempts], ['ready', 0]);
  }));

  it('ends a call when nobody answers', async () => {
    const broker = new Telpher('tq://127.0.0.1:1', { timeoutMs: 200, ...quiet });
    await assert.rejects(broker.submit('a'), /no answer to submit within 200 ms .*127\.0\.0\.1:1/);
    broker.close();
  });
});
