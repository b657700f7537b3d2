// SPDX-License-Identifier: Apache-2.0
// The table beside the ring: the same servers, to be read, sorted and sifted.
import {rttsText} from './words.js';

const deadMs = 6000;  // how long a row of the dead stays
const natural = new Intl.Collator(undefined, {numeric: true}).compare;

export const stateOf = (server) => (server.gone ? 'gone' : server.drained ? 'drained' : 'live');

const columns = [
  {key: 'name', title: 'Server', of: (server) => server.name},
  {key: 'address', title: 'Address', of: (server) => server.address},
  {key: 'zone', title: 'Zone', of: (server) => server.zone},
  {key: 'state', title: 'State', of: stateOf},
  {key: 'a', title: 'Buddy A', of: (server) => server.buddies[0]},
  {key: 'b', title: 'Buddy B', of: (server) => server.buddies[1]},
  {key: 'rtt', title: 'RTT A / B', of: (server) => Math.max(...server.rtt_below_us)},
  {key: 'weight', title: 'Weight', of: (server) => server.weight},
];

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export class TableView {
  constructor({head, body, shown, empty, filter}, {onPoint, onPick, onSift}) {
    Object.assign(this, {body, shown, empty, filter, onPoint, onPick, onSift});
    this.sort = {key: 'name', down: false};
    this.rows = new Map();  // by name: {row, server, text}
    this.gone = new Map();
    this.current = null;
    this.#makeHead(head);
    filter.addEventListener('input', () => this.#sift());
    body.addEventListener('pointerover', (event) => onPoint(event.target.closest('tr')?.dataset.name ?? null));
    body.addEventListener('pointerleave', () => onPoint(null));
    body.addEventListener('click', (event) => onPick(event.target.closest('tr')?.dataset.name ?? null));
    body.addEventListener('keydown', (event) => this.#onKey(event));
  }

  update(model, {gone, first}) {
    this.model = model;
    if (!first) {
      for (const server of gone) {
        this.gone.set(server.name, {...server, gone: true});
        setTimeout(() => this.#forget(server.name), deadMs);
      }
    }
    for (const name of model.servers.keys()) this.gone.delete(name);
    this.#render();
  }

  mark(name) {
    this.current = name;
    for (const [each, {row, button}] of this.rows) {
      row.classList.toggle('marked', each === name);
      button.setAttribute('aria-pressed', each === name);
    }
    this.#setStop();
  }

  reveal(name) {
    this.rows.get(name)?.row.scrollIntoView({block: 'nearest'});
  }

  #forget(name) {
    if (this.gone.delete(name)) this.#render();
  }

  #makeHead(head) {
    this.heads = columns.map(({key, title}) => {
      const button = element('button', {type: 'button'}, title);
      button.addEventListener('click', () => {
        this.sort = {key, down: this.sort.key === key && !this.sort.down};
        this.#render();
      });
      return element('th', {scope: 'col', 'data-key': key}, button);
    });
    head.replaceChildren(...this.heads);
  }

  #render() {
    const {key, down} = this.sort;
    const {of} = columns.find((column) => column.key === key);
    const compare = (a, b) => natural(String(of(a) ?? ''), String(of(b) ?? '')) || natural(a.name, b.name);
    const servers = [...this.model.servers.values(), ...this.gone.values()].sort((a, b) => (down ? compare(b, a) : compare(a, b)));
    for (const head of this.heads) {
      const sorted = head.dataset.key === key;
      head.setAttribute('aria-sort', sorted ? (down ? 'descending' : 'ascending') : 'none');
    }
    const focused = this.body.contains(document.activeElement) ? document.activeElement.closest('tr').dataset.name : null;
    const before = this.rows;
    this.rows = new Map(servers.map((server) => {
      const old = before.get(server.name);
      const same = old?.server === server && old.zone === this.model.zoneIndex(server);
      return [server.name, same ? old : this.#makeRow(server)];
    }));
    this.body.replaceChildren(...[...this.rows.values()].map(({row}) => row));
    if (focused) this.rows.get(focused)?.button.focus({preventScroll: true});
    this.#sift();
    this.mark(this.current);
  }

  #makeRow(server) {
    const button = element('button', {type: 'button', tabindex: -1, 'aria-pressed': false}, server.name);
    const state = stateOf(server);
    const row = element('tr', {'data-name': server.name, class: state},
      element('th', {scope: 'row'}, button),
      element('td', {class: 'address'}, server.address),
      element('td', {}, ...(server.zone ? [element('span', {class: `dot z${this.model.zoneIndex(server)}`, 'aria-hidden': true}), server.zone] : ['–'])),
      element('td', {}, element('span', {class: `state ${state}`}, state)),
      ...server.buddies.map((buddy) => element('td', {}, buddy || '–')),
      element('td', {class: 'rtt'}, rttsText(server)),
      element('td', {class: 'number'}, String(server.weight)));
    return {row, button, server, zone: this.model.zoneIndex(server), text: `${server.name} ${server.address} ${server.zone} ${state}`.toLowerCase()};
  }

  #sift() {
    const wanted = this.filter.value.trim().toLowerCase();
    const found = new Set();
    for (const [name, {row, text}] of this.rows) {
      row.hidden = !text.includes(wanted);
      if (!row.hidden) found.add(name);
    }
    const all = this.model.servers.size;
    this.shown.textContent = wanted ? `${found.size} of ${all}` : String(all);
    this.empty.hidden = found.size > 0;
    this.empty.textContent = this.model.tooMany
      ? `This pool has ${this.model.total} servers; the page shows pools of up to ${this.model.serversMax}. Use buddyctl.`
      : wanted ? `No server fits “${this.filter.value.trim()}”.` : 'No server is in the pool.';
    this.#setStop();
    this.onSift(wanted ? found : null);
  }

  // One stop for Tab in all rows; the arrows go on from there.
  #setStop() {
    const visible = [...this.rows].filter(([, {row}]) => !row.hidden);
    const stop = visible.some(([name]) => name === this.current) ? this.current : visible[0]?.[0];
    for (const [name, {button}] of this.rows) button.setAttribute('tabindex', name === stop ? 0 : -1);
  }

  #onKey(event) {
    const step = {ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity}[event.key];
    if (event.key === 'Escape') this.onPick(null);
    if (step === undefined) return;
    event.preventDefault();
    const visible = [...this.rows].filter(([, {row}]) => !row.hidden);
    const at = visible.findIndex(([, {button}]) => button === document.activeElement);
    const [name, next] = visible[Math.min(Math.max(at + step, 0), visible.length - 1)];
    next.button.focus();
    this.onPick(name);
  }
}
