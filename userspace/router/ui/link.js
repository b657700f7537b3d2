// SPDX-License-Identifier: Apache-2.0
// The stream of events, and the way back to it. The browser's own reconnecting gives up on an
// answer that is no stream (a router that is full, a proxy in front of none), and does not
// notice a connection that died in silence: so the page does both itself.

const silenceMax = 10_000;  // the router sends something every 3 s
const pauseFirst = 500;
const pauseMax = 10_000;

export class Link {
  // `onMessage(kind, data)`; `onLink(state, secondsToNextTry)`: connecting, live, lost.
  constructor(url, kinds, {onMessage, onLink}) {
    Object.assign(this, {url, kinds, onMessage, onLink});
    this.pause = pauseFirst;
    this.open();
  }

  open() {
    const source = new EventSource(this.url);
    this.source = source;
    this.heard();
    source.onerror = () => this.lose();
    for (const kind of this.kinds) {
      source.addEventListener(kind, (message) => {
        this.heard();
        this.pause = pauseFirst;
        this.onLink('live');
        if (kind !== 'beat') this.onMessage(kind, JSON.parse(message.data));
      });
    }
  }

  heard() {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.lose(), silenceMax);
  }

  lose() {
    clearTimeout(this.watchdog);
    this.source.close();
    const wait = this.pause * (0.75 + Math.random() / 2);
    this.pause = Math.min(this.pause * 2, pauseMax);
    const due = Date.now() + wait;
    clearInterval(this.countdown);
    const tell = () => this.onLink('lost', Math.max(0, Math.ceil((due - Date.now()) / 1000)));
    tell();
    this.countdown = setInterval(tell, 1000);
    setTimeout(() => {
      clearInterval(this.countdown);
      this.open();
    }, wait);
  }
}
