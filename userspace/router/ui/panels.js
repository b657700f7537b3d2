// SPDX-License-Identifier: Apache-2.0
// The parts around the ring: its centre, the facts above it, the legend and the events.
import {buddyText, describe, ringText, timeOf} from './words.js';
import {stateOf} from './table.js';

const clock = new Intl.DateTimeFormat(undefined, {hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23'});
const day = new Intl.DateTimeFormat(undefined, {month: 'short', day: 'numeric'});

const byId = (id) => document.getElementById(id);

function element(tag, name, ...children) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...children);
  return made;
}

// The centre says how the ring is, or who is pointed at.
// `lately`: what has just happened, for a while.
export function drawCentre(model, server, lately) {
  const centre = byId('centre');
  centre.classList.toggle('one', Boolean(server));
  if (!server) {
    const paused = model.paused ? [element('p', 'verdict note', `Verdicts are paused until ${clock.format(model.pausedUntil)}`)] : [];
    const good = model.servers.size > 1 && model.whole;
    centre.replaceChildren(
      element('p', 'big', String(model.total)),
      element('p', 'unit', model.total === 1 ? 'server' : 'servers'),
      element('p', `verdict ${lately ? 'bad' : good ? 'good' : 'note'}`, lately || (model.tooMany ? 'Too many for a picture' : ringText(model))), ...paused);
    return;
  }
  const buddies = [...new Set(server.buddies.filter(Boolean))].map((buddy) => element('li', '', buddyText(server, buddy)));
  const facts = [['Address', server.address], ['Zone', server.zone || 'none'], ['Weight', String(server.weight)], ['Epoch', String(server.epoch)]];
  centre.replaceChildren(
    element('p', 'title', server.name),
    element('p', `state ${stateOf(server)}`, server.drained ? 'drained: watched, no clients' : 'live'),
    element('dl', 'pairs', ...facts.map(([name, value]) => element('div', '', element('dt', '', name), element('dd', '', value)))),
    element('p', 'unit', buddies.length > 0 ? 'Buddies' : 'No buddies'),
    element('ul', 'buddies', ...buddies));
}

export function drawFacts(model) {
  byId('pool').textContent = model.pool;
  document.title = `${model.pool}: ${model.total} · Buddyring`;
  byId('fact-servers').textContent = model.total;
  byId('fact-drained').textContent = model.tooMany ? '–' : model.drained;
  byId('fact-zones').textContent = model.tooMany ? '–' : model.zoneCount;
  byId('fact-version').textContent = model.version;
}

export function drawLegend(model) {
  const mark = (name) => {
    const made = element('span', name);
    made.setAttribute('aria-hidden', 'true');
    return made;
  };
  const zones = model.zones.slice(0, 8).map((zone, index) => element('li', '', mark(`dot z${index}`), zone));
  const more = model.zones.length > 8 ? [element('li', 'more', `and ${model.zones.length - 8} zones more, in the same colours`)] : [];
  byId('legend').replaceChildren(
    ...(zones.length > 0 ? [element('li', 'more', 'Zones'), ...zones] : [element('li', '', mark('dot z0'), 'live')]), ...more,
    element('li', '', mark('dot hollow'), 'drained'),
    ...(model.whole ? [] : [element('li', '', mark('line torn'), 'only one end knows the other')]));
}

export class EventList {
  constructor() {
    this.list = byId('events');
  }

  // `fresh`: how many of the newest have just come.
  draw(events, fresh = 0) {
    const newest = [...events].reverse();
    this.list.replaceChildren(...newest.map((event, index) => this.#item(event, index < fresh)));
    if (newest.length === 0) this.list.append(element('li', 'empty', 'Nothing has happened yet.'));
    byId('last').textContent = newest.length > 0 ? `the latest ${newest.length}` : '';
  }

  #item(event, fresh) {
    const {kind, text} = describe(event);
    const at = timeOf(event);
    const time = element('time', '', clock.format(at));
    time.dateTime = at.toISOString();
    time.title = `${event.at} UTC`;
    const sign = element('span', 'sign');
    sign.setAttribute('aria-hidden', 'true');
    const today = new Date().toDateString() === at.toDateString();
    const items = [sign, element('span', 'what', text), ...(today ? [] : [element('span', 'day', day.format(at))]), time];
    return element('li', `event ${kind}${fresh ? ' fresh' : ''}`, ...items);
  }
}
