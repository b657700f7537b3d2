// SPDX-License-Identifier: Apache-2.0
// What the page says: events, states and figures in words.

const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;
export const serversText = (number) => count(number, 'server', 'servers');

function durationText(ns) {
  const [value, unit] = ns < 1e6 ? [ns / 1e3, 'µs'] : ns < 1e9 ? [ns / 1e6, 'ms'] : [ns / 1e9, 's'];
  return `${value >= 100 ? Math.round(value) : Number(value.toPrecision(2))} ${unit}`;
}

// Of a server: the round trips to its buddies A and B, as it told them.
const rttText = (below) => (below ? `< ${durationText(below * 1000)}` : '–');
export const rttsText = (server) => server.rtt_below_us.map(rttText).join(' / ');
const rttTo = (server, buddy) => server.rtt_below_us[server.buddies.indexOf(buddy)];
export const buddyText = (server, buddy) => (rttTo(server, buddy) ? `${buddy} · ${rttText(rttTo(server, buddy))}` : buddy);
export const buddySpoken = (server, buddy) =>
  (rttTo(server, buddy) ? `${buddy} (round trip below ${durationText(rttTo(server, buddy) * 1000)})` : buddy);

const secondWord = {
  concurs: (witness) => `${witness} agreed`,
  abstains: (witness) => `${witness} abstained`,
  closed: () => 'nobody else was left to ask',
  beyond: () => 'those beyond it were silent, too',
};

function deathText({server, by, witness, word, silent_ns: silent}) {
  const grounds = [];
  if (by) grounds.push(`${by} heard nothing${silent ? ` for ${durationText(silent)}` : ''}`);
  if (word && secondWord[word]) grounds.push(secondWord[word](witness));
  return `${server} died${grounds.length ? `: ${grounds.join(', ')}` : ''}`;
}

// {kind, text}: kind is good, bad, calm or note, by which it is shown.
export function describe(event) {
  const {server, by, reason} = event;
  const whoever = by ? ` by ${by}` : '';
  switch (event.event) {
    case 'announced': return {kind: 'good', text: `${server} joined`};
    case 'rejoined': return {kind: 'good', text: `${server} started anew in its place`};
    case 'deleted':
      if (reason === 'dead') return {kind: 'bad', text: deathText(event)};
      if (reason === 'left') return {kind: 'calm', text: `${server} left`};
      return {kind: 'calm', text: `${server} was removed${whoever}`};
    case 'drained': return {kind: 'note', text: `${server} was drained${whoever}`};
    case 'undrained': return {kind: 'note', text: `${server} was undrained${whoever}`};
    case 'weighted': return {kind: 'note', text: `${server} was given another weight${whoever}`};
    case 'paused': return {kind: 'note', text: `Verdicts were paused${whoever}`};
    case 'resumed': return {kind: 'note', text: `Verdicts were resumed${whoever}`};
    case 'rejoin_asked': return {kind: 'note', text: `${server} was asked to rejoin${whoever}`};
    default: return {kind: 'note', text: [server, event.event].filter(Boolean).join(': ') + whoever};
  }
}

export function ringText(model) {
  if (model.servers.size === 0) return 'No server is in the pool';
  if (model.servers.size === 1) return 'Alone: nobody watches it';
  return model.whole ? 'The ring is whole' : 'The ring has a gap';
}

// For those who hear the page: who came and went, and how the ring is after it.
export function spokenText(model, {came, gone, changed}) {
  const some = (list, verb) => (list.length === 0 ? []
    : [`${list.length > 3 ? serversText(list.length) : list.join(', ')} ${verb}`]);
  const drains = changed.filter(({server, old}) => server.drained !== old.drained);
  const parts = [
    ...some(gone.map(({name}) => name), 'gone'),
    ...some(came.filter(({restarted}) => !restarted).map(({server}) => server.name), 'joined'),
    ...some(came.filter(({restarted}) => restarted).map(({server}) => server.name), 'started anew'),
    ...some(drains.filter(({server}) => server.drained).map(({server}) => server.name), 'drained'),
    ...some(drains.filter(({server}) => !server.drained).map(({server}) => server.name), 'undrained'),
  ];
  return parts.length === 0 ? '' : `${parts.join('. ')}. ${ringText(model)}, ${serversText(model.servers.size)}.`;
}

export const timeOf = (event) => new Date(`${event.at.slice(0, 23).replace(' ', 'T')}Z`);
