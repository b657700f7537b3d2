// SPDX-License-Identifier: Apache-2.0
// The pool as the page knows it: what came over the stream, and what follows from it.
// Nothing here draws.

const byName = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

// Once around by the buddies, from the first name on; who is not reached that way follows.
function walk(servers) {
  const order = [];
  const seen = new Set();
  for (const start of [...servers.keys()].sort(byName)) {
    let at = start;
    let before = null;
    while (at && servers.has(at) && !seen.has(at)) {
      seen.add(at);
      order.push(at);
      const [a, b] = servers.get(at).buddies;
      const next = b !== before && !seen.has(b) ? b : a;
      before = at;
      at = next;
    }
  }
  return order;
}

// Each pair of neighbours in the ring, and whether each has the other for a buddy.
function linksOf(servers, order) {
  if (order.length < 2) return [];
  const pairs = order.length === 2 ? [[order[0], order[1]], [order[1], order[0]]]
    : order.map((name, index) => [name, order[(index + 1) % order.length]]);
  return pairs.map(([from, to]) => ({
    from,
    to,
    mutual: servers.get(from).buddies.includes(to) && servers.get(to).buddies.includes(from),
  }));
}

export class Model {
  constructor() {
    this.pool = '';
    this.version = 0;
    this.total = 0;
    this.serversMax = Infinity;
    this.servers = new Map();
    this.order = [];
    this.links = [];
    this.zones = [];
    this.zoneCount = 0;
    this.events = [];
    this.registry = {reached: true, why: ''};
    this.known = false;
    this.pausedUntil = 0;  // by the clock of this page
  }

  // Each returns what became of the servers: {came, gone, changed, first}.
  onState(state) {
    const before = this.servers;
    const first = !this.known;
    this.pool = state.pool;
    this.version = state.version;
    this.total = state.total;
    this.serversMax = state.servers_max;
    this.#notePause(state);
    this.registry = state.registry;
    this.events = state.events;
    this.known = true;
    this.servers = new Map(state.servers.map((server) => [server.name, server]));
    const gone = [...before.values()].filter((server) => !this.servers.has(server.name));
    return {first, ...this.#settle(before, gone)};
  }

  onChange(change) {
    const before = new Map(this.servers);
    this.version = change.version;
    this.total = change.total;
    this.#notePause(change);
    const gone = change.gone.map((name) => before.get(name)).filter(Boolean);
    for (const server of gone) this.servers.delete(server.name);
    for (const server of change.servers) this.servers.set(server.name, server);
    return {first: false, ...this.#settle(before, gone)};
  }

  // Those that are new to the page.
  onEvents({events}) {
    const known = new Set(this.events.map((event) => event.id));
    const fresh = events.filter((event) => !known.has(event.id));
    this.events = [...this.events, ...fresh].slice(-100);
    return fresh;
  }

  get tooMany() { return this.total > this.serversMax; }
  get paused() { return this.pausedUntil > Date.now(); }
  get drained() { return [...this.servers.values()].filter((server) => server.drained).length; }
  // True when the buddies make one cycle of all servers, each link known to both its ends.
  get whole() { return this.links.every((link) => link.mutual) && this.order.length === this.servers.size; }

  zoneIndex(server) { return server.zone ? this.zones.indexOf(server.zone) % 8 : 0; }

  #notePause({paused_left_ns: left}) {
    this.pausedUntil = left === null ? 0 : Date.now() + left / 1e6;
  }

  #settle(before, gone) {
    this.order = walk(this.servers);
    this.links = linksOf(this.servers, this.order);
    // A zone keeps its place, and so its colour, for as long as the page is open.
    const zones = [...new Set([...this.servers.values()].map(({zone}) => zone))].filter(Boolean).sort(byName);
    this.zones.push(...zones.filter((zone) => !this.zones.includes(zone)));
    this.zoneCount = zones.length;
    const came = [];
    const changed = [];
    for (const server of this.servers.values()) {
      const old = before.get(server.name);
      if (!old || old.incarnation !== server.incarnation) came.push({server, restarted: Boolean(old)});
      else if (JSON.stringify(old) !== JSON.stringify(server)) changed.push({server, old});
    }
    return {came, gone, changed};
  }
}
