'use strict';
// A connection that comes back: requests and replies, resending, several addresses.

const fs = require('node:fs');
const net = require('node:net');
const tls = require('node:tls');
const codec = require('./codec');

const PORT = 8357;
const REQUESTS_MAX = 16_384;
const FRAME_BYTES_MAX = (16 << 20) + (64 << 10);
const HANDSHAKE_MS = 10_000;
const PING_AFTER_MS = 10_000;
const SILENCE_MS_MAX = 30_000;
const BACKOFF_MS = 50;
const BACKOFF_MS_MAX = 1000;
// Of a cluster: from node to node to the one that leads, before it is waited.
const HOPS_MAX = 3;
const NOT_LEADER = 17;
const RETRYABLE = new Set(['queue_full', 'overloaded', 'disk_full', 'draining', 'queue_limit', 'memory_full', 'not_leader']);

/** The broker refused a request and changed nothing. `code` is the error's name in PROTOCOL.md, in lower case; `retryAfterMs` 0 = no use. */
class Refused extends Error {
  constructor(error) {
    super(`${error.code}: ${error.text}` + (error.hint ? ` (${error.hint})` : ''));
    this.code = error.code;
    this.text = error.text;
    this.retryAfterMs = error.retry_after_ms;
    this.retryable = RETRYABLE.has(error.code);
  }
}

/** The broker was not reached, or did not answer in time. `outcomeUnknown`: the request may have been done. */
class ConnectionLost extends Error {
  constructor(message, outcomeUnknown) {
    super(message + (outcomeUnknown ? '; it may have been done or not' : ''));
    this.outcomeUnknown = outcomeUnknown;
  }
}

function parseHost(text) {
  const [, v6, name, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  return v6 || name ? { host: v6 ?? name, port: port ? Number(port) : PORT } : null;
}

/** Where the node that leads takes connections, as NOT_LEADER says; null when it does not say. */
function leaderOf(text) {
  const at = text.lastIndexOf('; leader=');
  return at < 0 ? null : parseHost(text.slice(at + '; leader='.length).trim());
}

/** tq://[token@]host[:port][,host[:port]...]; tqs:// with TLS and ?ca=FILE&cert=FILE&key=FILE. TELPHER_TOKEN is the token that is not said. */
function parseUrl(url) {
  const match = /^(tqs?):\/\/(?:([^/]*)@)?([^/?@]+)\/?(?:\?(.*))?$/.exec(url);
  if (!match) throw new RangeError('the URL is not like tq://host:8357, tq://token@host, tq://a,b,c or tqs://host:8357');
  const [, scheme, token, hosts, query] = match;
  const options = [...new URLSearchParams(query ?? '')];
  if (options.some(([name]) => scheme === 'tq' || !['ca', 'cert', 'key'].includes(name))) {
    throw new RangeError('tqs:// takes the options ca, cert and key, tq:// none');
  }
  return {
    hosts: hosts.split(',').map((text) => {
      const host = parseHost(text);
      if (!host) throw new RangeError(`the URL names no host in ${JSON.stringify(text)}`);
      return host;
    }),
    token: token ? decodeURIComponent(token) : process.env.TELPHER_TOKEN ?? '',
    tls: scheme === 'tqs' ? Object.fromEntries(options.map(([name, file]) => [name, fs.readFileSync(file)])) : null,
  };
}

class Link {
  /** hooks: `connected()` after each welcome, `pushed(message)` for what nobody asked for, `log(text)`. */
  constructor(address, client, hooks) {
    Object.assign(this, { address, client, hooks, calls: new Map(), nextId: 0, turn: 0, wait: BACKOFF_MS, leader: null, hops: 0 });
    this.trouble = 'not connected yet';
    this.welcome = this.closed = false;
    this.connect();
  }

  // ---- asking

  /** The reply's fields, within timeoutMs. With `resend` it is sent again over the next connection: only where asking twice does no harm. */
  call(name, fields, { resend = true, timeoutMs = 30_000 } = {}) {
    if (this.closed) return Promise.reject(new ConnectionLost('the client is closed', false));
    if (this.calls.size >= REQUESTS_MAX) return Promise.reject(new ConnectionLost(`${REQUESTS_MAX} requests are under way already`, false));
    do this.nextId = this.nextId % 0x7fffffff + 1; while (this.calls.has(this.nextId));
    const id = this.nextId;
    return new Promise((resolve, reject) => {
      const call = { frame: codec.encode(name, id, fields), resend, sent: false, resolve, reject };
      if (timeoutMs !== Infinity) {
        call.timer = setTimeout(() => this.end(id, 'reject', new ConnectionLost(
          `no answer to ${name} within ${timeoutMs} ms (${this.trouble || 'connected'})`, call.sent)), timeoutMs);
      }
      this.calls.set(id, call);
      if (this.welcome) this.send(call);
    });
  }

  /** What has no answer. */
  tell(name, fields) {
    if (this.welcome) this.socket.write(codec.encode(name, 0, fields));
  }

  send(call) {
    call.sent = true;
    this.socket.write(call.frame);
  }

  end(id, how, value) {
    const call = this.calls.get(id);
    this.calls.delete(id);
    clearTimeout(call.timer);
    call[how](value);
  }

  // ---- the connection

  connect() {
    const { host, port } = this.leader ?? this.address.hosts[this.turn++ % this.address.hosts.length];
    this.leader = null; // where to go next, when a node said so
    const name = net.isIP(host) ? undefined : host;
    this.socket = this.address.tls ? tls.connect({ host, port, servername: name, ...this.address.tls }) : net.connect({ host, port });
    this.pieces = [];
    this.bytes = 0;
    let reason = `${host}:${port} closed the connection`;
    const hangUp = (why) => {
      reason = `${host}:${port}: ${why}`;
      this.socket.destroy();
    };
    const deadline = setTimeout(hangUp, HANDSHAKE_MS, `no welcome within ${HANDSHAKE_MS} ms`);
    let silentMs = 0;
    const pings = setInterval(() => {
      silentMs += PING_AFTER_MS;
      if (silentMs >= SILENCE_MS_MAX) hangUp(`silent for ${silentMs} ms`);
      else if (this.welcome) this.socket.write(codec.encode('ping'));
    }, PING_AFTER_MS);
    this.socket.setNoDelay(true);
    this.socket.on(this.address.tls ? 'secureConnect' : 'connect', () => this.socket.write(codec.encode('hello', 0, {
      version_min: 1, version_max: 1, capabilities: 1, token: this.address.token, ...this.client })));
    this.socket.on('data', (data) => {
      silentMs = 0;
      try {
        for (const frame of this.frames(data)) {
          if (frame[4] === 0x81) clearTimeout(deadline);
          this.take(codec.decode(frame));
        }
      } catch (e) {
        hangUp(e.message);
        if (e.code === 'not_leader') this.leader = leaderOf(e.text);
        if (e instanceof Refused && !e.retryable) this.failAll(() => true, () => e);
        else if (!(e instanceof codec.Malformed) && !(e instanceof Refused)) throw e;
      }
    });
    this.socket.on('error', (e) => { reason = `${host}:${port}: ${e.message || e.code}`; });
    this.socket.on('close', () => {
      clearTimeout(deadline);
      clearInterval(pings);
      this.lost(reason);
    });
  }

  /** The whole frames that are there now; a large one is put together once. */
  * frames(data) {
    this.pieces.push(data);
    this.bytes += data.length;
    while (this.bytes >= 4) {
      if (this.pieces[0].length < 4) this.pieces = [Buffer.concat(this.pieces)];
      const length = 4 + this.pieces[0].readUInt32LE(0);
      if (length < codec.HEADER || length > 4 + FRAME_BYTES_MAX) throw new codec.Malformed(`a frame of ${length} bytes`);
      if (this.bytes < length) return;
      const all = this.pieces.length === 1 ? this.pieces[0] : Buffer.concat(this.pieces);
      this.pieces = [all.subarray(length)];
      this.bytes -= length;
      yield all.subarray(0, length);
    }
  }

  take(message) {
    if (message.message === 'error' && message.request_id === 0) throw new Refused(message);
    if (message.message === 'goaway' && message.code === NOT_LEADER) this.leader = leaderOf(message.reason); // it closes the connection next
    if (message.message === 'welcome') this.welcomed();
    else if (!this.calls.has(message.request_id)) this.hooks.pushed?.(message);
    else if (message.message === 'error') this.end(message.request_id, 'reject', new Refused(message));
    else this.end(message.request_id, 'resolve', message);
  }

  welcomed() {
    this.welcome = true;
    this.wait = BACKOFF_MS;
    this.hops = 0;
    if (this.trouble !== 'not connected yet') this.hooks.log('connected');
    this.trouble = '';
    for (const call of this.calls.values()) this.send(call);
    this.hooks.connected?.();
  }

  lost(reason) {
    this.welcome = false;
    if (this.closed) return;
    if (reason !== this.trouble) this.hooks.log(`no connection to the broker: ${reason}`);
    this.trouble = reason;
    this.failAll((call) => call.sent && !call.resend, () => new ConnectionLost(`the connection was lost (${reason})`, true));
    const isHop = this.leader !== null && this.hops < HOPS_MAX;
    this.hops = isHop ? this.hops + 1 : 0;
    if (!isHop) this.leader = null;
    this.retry = setTimeout(() => this.connect(), isHop ? 0 : this.wait);
    if (!isHop) this.wait = Math.min(2 * this.wait, BACKOFF_MS_MAX);
  }

  failAll(which, failure) {
    for (const [id, call] of [...this.calls]) if (which(call)) this.end(id, 'reject', failure(call));
  }

  /** What has no answer yet fails; what was written is still sent. */
  close() {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.retry);
    this.failAll(() => true, (call) => new ConnectionLost('the client was closed', call.sent));
    this.socket.end();
    this.socket.unref();
  }
}

module.exports = { ConnectionLost, HOPS_MAX, Link, Refused, leaderOf, parseUrl };
