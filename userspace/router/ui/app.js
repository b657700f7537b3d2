// SPDX-License-Identifier: Apache-2.0
// The page: takes what the stream says into the model, and has the parts show it.
import {Link} from './link.js';
import {Model} from './model.js';
import {EventList, drawCentre, drawFacts, drawLegend} from './panels.js';
import {RingView} from './ring.js';
import {TableView} from './table.js';
import {buddySpoken, describe, spokenText} from './words.js';

const byId = (id) => document.getElementById(id);
const model = new Model();
let picked = null;   // chosen by a click or a key, until it is let go
let pointed = null;  // under the pointer
let lately = '';     // who has just gone, for as long as the ring is seen to heal
const latelyMs = 3500;

// What is said while something is being said waits its turn: a screen reader drops what is
// overwritten too soon.
const spoken = {
  waiting: [],
  say(text) {
    if (!text) return;
    this.waiting.push(text);
    this.timer ??= setTimeout(() => this.flush(), 300);
  },
  flush() {
    byId('spoken').textContent = this.waiting.splice(0).join(' ');
    this.timer = undefined;
  },
};

function wordsFor(server) {
  const buddies = [...new Set(server.buddies.filter(Boolean))];
  return [server.name, server.zone && `zone ${server.zone}`, server.drained ? 'drained' : 'live',
    buddies.length > 0 ? `buddies ${buddies.map((buddy) => buddySpoken(server, buddy)).join(' and ')}` : 'no buddies'].filter(Boolean).join(', ');
}

function mark() {
  const name = pointed ?? picked;
  ring.mark(name);
  table.mark(name);
  drawCentre(model, model.servers.get(name), lately);
}

function point(name) {
  if (name === pointed) return;
  pointed = name;
  mark();
}

function pick(name, {reveal = true} = {}) {
  picked = name;
  mark();
  if (name && reveal) table.reveal(name);
}

const ring = new RingView(byId('ring'), {say: wordsFor, onPoint: point, onPick: pick});
const table = new TableView(
  {head: byId('columns'), body: byId('rows'), shown: byId('shown'), empty: byId('empty'), filter: byId('filter')},
  {onPoint: point, onPick: (name) => pick(name, {reveal: false}), onSift: (names) => ring.dim(names)});
const events = new EventList();

let forgetting;
function noteGone(gone) {
  lately = gone.length > 2 ? `${gone.length} servers are gone` : `${gone.map(({name}) => name).join(' and ')} gone`;
  clearTimeout(forgetting);
  forgetting = setTimeout(() => {
    lately = '';
    mark();
  }, latelyMs);
}

let pauseEnd;
function awaitPauseEnd() {
  clearTimeout(pauseEnd);
  if (model.paused) pauseEnd = setTimeout(mark, Math.min(model.pausedUntil - Date.now() + 500, 2 ** 31 - 1));
}

function show(difference) {
  awaitPauseEnd();
  if (!model.servers.has(picked)) picked = null;
  if (!model.servers.has(pointed)) pointed = null;
  if (!difference.first && difference.gone.length > 0) noteGone(difference.gone);
  ring.update(model, difference);
  table.update(model, difference);
  drawFacts(model);
  drawLegend(model);
  mark();
  if (!difference.first) spoken.say(spokenText(model, difference));
}

const badges = {
  connecting: () => 'Connecting',
  live: () => (model.registry.reached ? 'Live' : 'Table out of reach'),
  lost: (seconds) => `Reconnecting${seconds > 0 ? ` in ${seconds} s` : ''}`,
};

let linkState = 'connecting';
function showLink(state, seconds = 0) {
  const before = linkState;
  linkState = state;
  document.body.dataset.link = state === 'live' && !model.registry.reached ? 'stale' : state;
  byId('link-text').textContent = badges[state](seconds);
  byId('link').title = model.registry.reached ? '' : model.registry.why;
  if (state === 'lost' && before === 'live') spoken.say('The connection is lost; what is shown may be old.');
  if (state === 'live' && before === 'lost') spoken.say('The connection is back.');
}

const takers = {
  state(data) {
    show(model.onState(data));
    events.draw(model.events);
    showLink('live');
  },
  change(data) { show(model.onChange(data)); },
  events(data) {
    const fresh = model.onEvents(data);
    events.draw(model.events, fresh.length);
    const dead = fresh.map(describe).filter(({kind}) => kind === 'bad');
    if (dead.length <= 3) spoken.say(dead.map(({text}) => `${text}.`).join(' '));
  },
  registry(data) {
    model.registry = data;
    showLink('live');
    spoken.say(data.reached ? 'The server table can be reached again.' : 'The server table is out of reach; what is shown is what it said last.');
  },
};

const link = new Link('/.buddyring/events', ['state', 'change', 'events', 'registry', 'beat'],
  {onMessage: (kind, data) => takers[kind](data), onLink: showLink});
addEventListener('pagehide', () => link.source.close());
