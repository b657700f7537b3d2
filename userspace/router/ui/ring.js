// SPDX-License-Identifier: Apache-2.0
// The ring as a picture: each server at its place on a circle, each pair of buddies an arc.
//
// Theory of operation. A server has an angle, which glides to where it belongs; the loop of
// frames runs only while something glides. What has died stays as a ghost with its torn links
// until the ring has been seen to break, then the others close up and the new link grows. How
// long and in what colours is the style sheet's, and whoever wants less motion gets none.
import {arc, at, between, measures, places, svg} from './shapes.js';

const glideMs = 900;
const holdMs = 1000;   // between a death and its healing
const ghostMs = 3200;
const ghostsMax = 64;  // of a larger loss the rest just vanish

const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
const short = (name) => (name.length > 17 ? `${name.slice(0, 16)}…` : name);

export class RingView {
  // `say(server)`: its words for those who hear; `onPoint(name or null)`, `onPick(name or null)`.
  constructor(root, {say, onPoint, onPick}) {
    Object.assign(this, {root, say, onPoint, onPick});
    this.nodes = new Map();  // by name: {group, label, angle, from, target, server}
    this.links = new Map();
    this.layers = ['links', 'ghosts', 'nodes'].map((name) => svg('g', {class: name, role: 'none'}));
    [this.linkLayer, this.ghostLayer, this.nodeLayer] = this.layers;
    root.replaceChildren(...this.layers);
    this.shape = measures(0);
    this.current = null;
    root.addEventListener('pointermove', (event) => this.onPoint(this.#nearest(event)));
    root.addEventListener('pointerleave', () => this.onPoint(null));
    root.addEventListener('click', (event) => this.onPick(this.#nearest(event)));
    root.addEventListener('keydown', (event) => this.#onKey(event));
  }

  update(model, {came, gone, first}) {
    const still = first || calm();
    this.model = model;
    const dead = still ? [] : gone.filter(({name}) => this.nodes.has(name)).slice(0, ghostsMax);
    for (const server of dead) this.#leaveGhost(server);
    this.shape = measures(model.order.length);
    this.root.classList.toggle('bars', this.shape.bars);
    const target = places(model.order, new Map([...this.nodes].map(([name, node]) => [name, node.angle])));
    for (const name of [...this.nodes.keys()]) if (!model.servers.has(name)) this.#drop(name);
    for (const name of model.order) this.#place(model, name, target.get(name));
    this.nodeLayer.append(...model.order.map((name) => this.nodes.get(name).group));
    if (!first) for (const {server} of came) this.#flash(this.nodes.get(server.name).group, 'new');
    this.#connect(model, first ? '' : gone.length > 0 ? 'healing' : 'joining');
    this.root.setAttribute('aria-label', `Ring of ${model.order.length} servers; the arrow keys go from buddy to buddy`);
    this.#glide(still ? 0 : glideMs, dead.length > 0 ? holdMs : 0);
    this.mark(this.current);
  }

  // Shows who is meant, and its buddies; null: nobody.
  mark(name) {
    this.current = this.nodes.has(name) ? name : null;
    const buddies = this.current ? this.model.servers.get(this.current).buddies : [];
    const stop = this.current ?? this.model?.order[0];
    for (const [each, {group}] of this.nodes) {
      group.classList.toggle('marked', each === this.current);
      group.classList.toggle('buddy', buddies.includes(each));
      group.setAttribute('aria-selected', each === this.current);
      group.setAttribute('tabindex', each === stop ? 0 : -1);
    }
    for (const {path, from, to} of this.links.values()) {
      path.classList.toggle('marked', this.current !== null && (from === this.current || to === this.current));
    }
  }

  // Those that are looked for; null: all.
  dim(names) {
    this.root.classList.toggle('sifted', names !== null);
    for (const [name, {group}] of this.nodes) group.classList.toggle('found', names?.has(name) ?? false);
  }

  #place(model, name, target) {
    const server = model.servers.get(name);
    let node = this.nodes.get(name);
    if (!node) {
      node = {group: svg('g', {role: 'option', tabindex: -1}), angle: target};
      node.group.addEventListener('focus', () => this.onPick(name));
      this.nodes.set(name, node);
    }
    node.from = node.angle;
    node.way = between(node.angle, target);
    node.server = server;
    const {bars, size, named} = this.shape;
    const key = [bars, size, named, server.drained, model.zoneIndex(server), server.zone].join();
    if (node.key !== key) {
      node.key = key;
      node.group.replaceChildren(...this.#glyph(server));
      node.label = named ? svg('text', {class: 'name'}, short(name)) : null;
      if (node.label) node.group.append(node.label);
      node.group.setAttribute('class', `node z${model.zoneIndex(server)}${server.drained ? ' drained' : ''}`);
    }
    node.group.setAttribute('aria-label', this.say(server));
  }

  // Drawn as at twelve o'clock; the group around it is turned.
  #glyph(server) {
    const {bars, size, named} = this.shape;
    const spoke = svg('g', {class: 'spoke'});
    if (bars) {
      const long = server.drained ? 22 : 44;
      spoke.append(svg('rect', {class: 'body', x: -size / 2, y: -long / 2, width: size, height: long, rx: size / 3}));
    } else {
      spoke.append(svg('circle', {class: 'halo', r: size + 7}), svg('circle', {class: 'body', r: size}));
      if (server.drained) spoke.append(svg('path', {class: 'pause', d: `M${-size * 0.28} ${-size * 0.4}V${size * 0.4}M${size * 0.28} ${-size * 0.4}V${size * 0.4}`}));
    }
    const zone = named && server.zone && !server.drained && size > 14;
    return zone ? [spoke, svg('text', {class: 'zone'}, server.zone.length > 2 ? server.zone.at(-1) : server.zone)] : [spoke];
  }

  #drop(name) {
    this.nodes.get(name).group.remove();
    this.nodes.delete(name);
  }

  #connect(model, how) {
    const kept = new Set();
    for (const {from, to, mutual} of model.links) {
      const key = model.order.length === 2 ? `${from}>${to}` : [from, to].sort().join('>');
      kept.add(key);
      let link = this.links.get(key);
      if (!link) {
        link = {path: svg('path', {pathLength: 1})};
        this.links.set(key, link);
        this.linkLayer.append(link.path);
        if (how) this.#flash(link.path, how);
      }
      Object.assign(link, {from, to});
      const passing = ['healing', 'joining'].filter((name) => link.path.classList.contains(name)).join(' ');
      link.path.setAttribute('class', `link${mutual ? '' : ' torn'} ${passing}`);
    }
    for (const [key, link] of this.links) {
      if (kept.has(key)) continue;
      link.path.remove();
      this.links.delete(key);
    }
  }

  #leaveGhost({name, buddies}) {
    const {angle, group} = this.nodes.get(name);
    const ghost = svg('g', {class: 'ghost'});
    for (const buddy of new Set(buddies)) {
      const way = this.nodes.has(buddy) ? between(angle, this.nodes.get(buddy).angle) : 0;
      ghost.append(svg('path', {class: 'torn-link', d: arc(angle, way, this.radius - this.shape.links)}));
    }
    const body = group.cloneNode(true);
    body.removeAttribute('tabindex');
    body.setAttribute('class', 'dead');
    const size = this.shape.bars ? 20 : this.shape.size * 0.42;
    body.querySelector('.spoke').append(
      svg('circle', {class: 'shock', r: this.shape.bars ? 30 : this.shape.size}),
      svg('path', {class: 'cross', d: `M${-size} ${-size}L${size} ${size}M${size} ${-size}L${-size} ${size}`}));
    ghost.append(body);
    if (!this.shape.named) {
      const [x, y] = at(angle, this.radius - 80);
      ghost.append(svg('text', {class: 'callout', x, y, 'text-anchor': x < 0 ? 'start' : 'end'}, short(name)));
    }
    ghost.setAttribute('aria-hidden', 'true');
    this.ghostLayer.append(ghost);
    setTimeout(() => ghost.remove(), ghostMs);
  }

  #flash(element, name) {
    element.classList.add(name);
    setTimeout(() => element.classList.remove(name), ghostMs + holdMs);
  }

  #glide(duration, hold) {
    cancelAnimationFrame(this.frame);
    const begin = performance.now() + hold;
    const radius = this.radius ?? this.shape.radius;
    const step = (now) => {
      const done = duration === 0 ? 1 : Math.min(Math.max((now - begin) / duration, 0), 1);
      const eased = done < 0.5 ? 4 * done ** 3 : 1 - (2 - 2 * done) ** 3 / 2;
      this.radius = radius + (this.shape.radius - radius) * eased;
      for (const node of this.nodes.values()) node.angle = node.from + node.way * eased;
      this.#draw();
      if (done < 1) this.frame = requestAnimationFrame(step);
    };
    step(performance.now());
  }

  #draw() {
    for (const node of this.nodes.values()) this.#drawNode(node);
    const two = this.nodes.size === 2;
    for (const link of this.links.values()) {
      const from = this.nodes.get(link.from).angle;
      const way = two ? Math.PI : between(from, this.nodes.get(link.to).angle);
      link.path.setAttribute('d', arc(from, way, this.radius - this.shape.links));
    }
  }

  #drawNode({group, label, angle}) {
    const [x, y] = at(angle, this.radius);
    group.setAttribute('transform', `translate(${x.toFixed(2)} ${y.toFixed(2)})`);
    const degrees = (angle * 180) / Math.PI;
    if (this.shape.bars) group.firstChild.setAttribute('transform', `rotate(${degrees.toFixed(2)})`);
    if (!label) return;
    const left = Math.sin(angle) < 0;
    const [dx, dy] = at(angle, this.shape.size + 18);
    const flat = !this.shape.radial;
    const anchor = flat && Math.abs(Math.sin(angle)) < 0.3 ? 'middle' : left ? 'end' : 'start';
    label.setAttribute('text-anchor', anchor);
    const lift = anchor === 'middle' ? Math.sign(dy) * 8 : 0;
    const tilt = flat ? '' : ` rotate(${(left ? degrees + 90 : degrees - 90).toFixed(1)})`;
    label.setAttribute('transform', `translate(${dx.toFixed(1)} ${(dy + lift).toFixed(1)})${tilt}`);
  }

  #nearest(event) {
    const matrix = this.root.getScreenCTM();
    if (!matrix) return null;
    const {x, y} = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    const away = Math.hypot(x, y);
    if (away < this.radius - 70 || away > this.radius + 80) return null;
    const angle = Math.atan2(x, -y);
    let best = null;
    let least = this.shape.bars ? Math.PI : (this.shape.size + 24) / this.radius;
    for (const [name, node] of this.nodes) {
      const off = Math.abs(between(angle, node.angle));
      if (off < least) [best, least] = [name, off];
    }
    return best;
  }

  #onKey(event) {
    const {order} = this.model;
    const index = order.indexOf(this.current);
    const to = {
      ArrowRight: index + 1, ArrowDown: index + 1, ArrowLeft: Math.max(index, 0) - 1, ArrowUp: Math.max(index, 0) - 1,
      Home: 0, End: -1,
    }[event.key];
    if (event.key === 'Escape') this.onPick(null);
    if (to === undefined || order.length === 0) return;
    event.preventDefault();
    this.nodes.get(order.at(to % order.length)).group.focus();
  }
}
