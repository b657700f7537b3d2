// SPDX-License-Identifier: Apache-2.0
// What the ring is drawn of: points on a circle, arcs between them, and SVG elements.

export const turn = 2 * Math.PI;

export function svg(tag, attributes = {}, text = undefined) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

// Angles run clockwise from twelve o'clock.
export const at = (angle, radius) => [radius * Math.sin(angle), -radius * Math.cos(angle)];

// The way from an angle to another that is the shorter, from -half a turn to half a turn.
export function between(from, to) {
  const way = (to - from) % turn;
  return way > Math.PI ? way - turn : way <= -Math.PI ? way + turn : way;
}

export function arc(from, way, radius) {
  const [x1, y1] = at(from, radius);
  const [x2, y2] = at(from + way, radius);
  return `M${x1.toFixed(2)} ${y1.toFixed(2)}A${radius} ${radius} 0 ${Math.abs(way) > Math.PI ? 1 : 0} ` +
    `${way > 0 ? 1 : 0} ${x2.toFixed(2)} ${y2.toFixed(2)}`;
}

// Measures for so many servers: a few are discs with their names around them, many are bars.
export function measures(count) {
  const named = count <= 40;
  const radius = named ? 335 : 420;
  const room = (turn * radius) / Math.max(count, 1);
  const bars = count > 96;
  return {
    named,
    bars,
    radial: count > 14,
    radius,
    size: bars ? Math.max(room * 0.6, 0.8) : Math.min(Math.max(room * 0.3, 6), 29),
    links: bars ? 38 : 0,  // so far inside the bars, where they can be seen
  };
}

// Where each of `order` goes, so that those who were there before move as little as can be:
// the ring is turned, and turned over, to fit the angles of before.
export function places(order, before) {
  const step = turn / Math.max(order.length, 1);
  const fit = (direction) => {
    let x = 0;
    let y = 0;
    order.forEach((name, index) => {
      if (before.has(name)) {
        const offset = before.get(name) - direction * index * step;
        x += Math.cos(offset);
        y += Math.sin(offset);
      }
    });
    return {direction, strength: Math.hypot(x, y), offset: Math.atan2(y, x)};
  };
  const fits = [fit(1), fit(-1)];
  const best = fits[1].strength > fits[0].strength + 1e-6 ? fits[1] : fits[0];
  const offset = best.strength < 1e-6 ? 0 : best.offset;
  return new Map(order.map((name, index) => [name, offset + best.direction * index * step]));
}
