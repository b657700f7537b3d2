// SPDX-License-Identifier: Apache-2.0
#include "demo.h"

#include <algorithm>

#include "posix/clock.h"
#include "tests/lab/wait.h"

namespace buddyring::demo {
namespace {

constexpr auto event_timeout = std::chrono::seconds{10};
// So many requests after the router has learnt make "none was sent there" worth something.
constexpr size_t requests_after = 50;

std::set<std::string> names_of(const lab::Ring& ring) {
  std::set<std::string> names;
  for (const auto& [name, buddies] : ring.servers) {
    names.insert(name);
  }
  return names;
}

std::string since_text(const lab::Event& event, Instant since) {
  return milliseconds_text(instant_from_ns(event.ts_ns) - since);
}

}  // namespace

Demo::Demo(lab::Lab& lab, const Screen& screen, lab::Family family)
    : lab_(lab), screen_(screen), family_(family), pool_(lab, {.family = family}) {
  for (unsigned number = 1; number <= first_servers; ++number) {
    pool_.add("s" + std::to_string(number));
  }
  router_.emplace(lab_, pool_.name(), std::vector<std::string>{}, family_);
  asker_.emplace(lab_.client(), router_->endpoint());
}

void Demo::check(bool ok, const std::string& text) {
  screen_.check(ok, text);
  ++checks_;
  off_ += ok ? 0 : 1;
}

void Demo::show_first_ring() {
  ring_ = pool_.ring();
  check(ring_.servers.size() == first_servers, std::to_string(first_servers) + " servers have announced themselves");
  const auto started = pool_.events("started");
  check(started.size() == first_servers &&
            std::ranges::all_of(started, [](const lab::Event& event) { return event.value("xdp") == "native"; }),
        "all of them answer from native XDP");
  show_ring(ring_);
}

void Demo::cut_a_link() {
  const std::string victim = ring_.around()[2];
  screen_.step(1, "The link of " + victim + " is cut: its host falls silent");
  const lab::Span cut = pool_[victim].host().cut();
  ring_ = ring_.without(victim);
  killed_.insert(victim);
  show_death(victim, cut.before);
  show_router_and_client(victim, cut.before);
  const auto by_victim = pool_[victim].process().events();
  check(std::ranges::none_of(by_victim, [](const lab::Event& event) { return event.name == "verdict"; }),
        victim + " itself accused nobody");
  show_ring(ring_);
}

void Demo::kill_two_adjacent() {
  const auto around = ring_.around();
  const std::string first = around[1];
  const std::string second = around[2];
  screen_.step(2, "SIGKILL to the agents of " + first + " and " + second + ", which are buddies");
  const lab::Span first_kill = pool_[first].kill();
  const lab::Span second_kill = pool_[second].kill();
  ring_ = ring_.without(first).without(second);
  killed_.insert({first, second});
  show_death(first, first_kill.before, second);
  show_death(second, second_kill.before, first);
  show_router_and_client(first, first_kill.before);
  show_router_and_client(second, second_kill.before);
  show_ring(ring_);
}

void Demo::start_a_server() {
  const std::string newcomer = "s" + std::to_string(first_servers + 1);
  screen_.step(3, "A new server, " + newcomer + ", starts");
  lab::Agent& agent = pool_.prepare(newcomer);
  const Instant since = monotonic_now();
  const lab::Event announced = agent.start();
  screen_.fact("to verdict", "none", "nobody is judged by joining");
  screen_.fact("to table", since_text(announced, since), "ServerAnnounce returned, from exec");
  const auto came = router_->process().wait_event(
      [&](const lab::Event& event) { return event.name == "came" && event.value("server") == newcomer; },
      event_timeout);
  screen_.fact("to router", came ? since_text(*came, since) : "never", "may be named from here on");
  check(came.has_value(), "the router has learnt of " + newcomer);
  const bool was_named =
      came && lab::wait_until([&] { return asker_->sent_to(agent.address(), since) > 0; }, event_timeout);
  check(was_named, "the client was sent to it");

  const std::string off = pool_.settle([&] {
    auto names = names_of(ring_);
    names.insert(newcomer);
    return names;
  }());
  check(off.empty(), "the ring has taken it in" + (off.empty() ? "" : ": " + off));
  const lab::Ring now = pool_.ring();
  const bool is_in = now.servers.contains(newcomer);
  check(is_in && now.without(newcomer) == ring_, "between two that were buddies; nobody else was changed");
  ring_ = now;
  show_ring(ring_);
}

void Demo::stop_a_server() {
  const std::string leaver = ring_.around()[1];
  screen_.step(4, "SIGTERM to the agent of " + leaver + ": it leaves in order");
  const Instant since = monotonic_now();
  const lab::Exit exit = pool_[leaver].stop();
  ring_ = ring_.without(leaver);
  const auto left = pool_.first_event("left", "server", "", since, event_timeout);
  const auto deleted = pool_.first_event("deleted", "buddy", leaver, since, event_timeout);
  screen_.fact("to verdict", "none", "it leaves of its own accord");
  screen_.fact("to table", deleted ? since_text(*deleted, since) : "never", "its own ServerDelete returned");
  screen_.fact("to left", left ? since_text(*left, since) : "never",
               "out of the table, both buddies have acknowledged");
  check(left && exit == lab::Exit{.code = 0, .signal = 0}, "it ended with status 0");
  show_router_and_client(leaver, since);
  check(pool_.events("verdict", "buddy", leaver).empty(), "nobody had to pronounce it dead");
  show_ring(ring_);
}

void Demo::show_death(const std::string& server, Instant since, const std::string& beside) {
  const auto verdict = pool_.first_event("verdict", "buddy", server, since, event_timeout);
  // Of both at once the event names the one beside the discoverer, and how many there were.
  std::optional<lab::Event> deleted;
  const auto took_it_out = [&](const lab::Event& event) {
    const bool named = event.value("buddy") == server;
    const bool taken_along = !beside.empty() && event.value("buddy") == beside && event.value("servers") == "2";
    return event.ts_ns >= to_ns(since) && event.value("outcome") == "deleted" && (named || taken_along);
  };
  (void)lab::wait_until(
      [&] {
        const auto events = pool_.events("deleted");
        const auto first = std::ranges::find_if(events, took_it_out);
        deleted = first == events.end() ? std::nullopt : std::optional(*first);
        return deleted.has_value();
      },
      event_timeout);
  screen_.fact(server + " to verdict", verdict ? since_text(*verdict, since) : "never",
               verdict ? verdict->value("misses") + " misses: " + verdict->value("reason") : "");
  screen_.fact(server + " to table", deleted ? since_text(*deleted, since) : "never", "ServerDelete returned");
  check(verdict && deleted, server + " was found dead and deleted");
}

void Demo::show_router_and_client(const std::string& server, Instant since) {
  const auto gone = router_->wait_gone(server, since);
  screen_.fact(server + " to router", gone ? since_text(*gone, since) : "never", "is not named any more");
  check(gone.has_value(), "the router has learnt of it");
  if (!gone) {
    return;
  }
  const Instant learnt = instant_from_ns(gone->ts_ns);
  const std::string& address = pool_[server].address();
  goners_.push_back({.server = server, .address = address, .since = since, .learnt = learnt});
  size_t asked_since = 0;
  const bool asked_on = lab::wait_until(
      [&] {
        const auto asked = asker_->asked();
        asked_since = static_cast<size_t>(
            std::ranges::count_if(asked, [&](const lab::Asked& request) { return request.started >= learnt; }));
        return asked_since >= requests_after;
      },
      event_timeout);
  const size_t too_late = asker_->sent_to(address, learnt);
  const size_t in_between = asker_->sent_to(address, since) - too_late;
  check(asked_on && too_late == 0, "of " + std::to_string(asked_since) + " requests after that, " +
                                       std::to_string(too_late) + " were sent to " + server +
                                       " (before that: " + std::to_string(in_between) + ")");
}

void Demo::show_ring(const lab::Ring& expected) {
  const std::string off = pool_.settle(names_of(expected));
  check(off.empty(), "each agent's own list equals its row" + (off.empty() ? "" : ": " + off));
  const PoolSnapshot snapshot = pool_.snapshot();
  const lab::Ring found = lab::ring_of(snapshot);
  check(found == expected, "the ring is the one that must follow" +
                               (found == expected ? "" : ": " + expected.text() + ", not " + found.text()));
  const auto verify = lab_.buddyctl({"verify", "--pool=" + pool_.name()}, family_);
  check(verify.exit == lab::Exit{.code = 0, .signal = 0}, "buddyctl verify finds the ring whole" + verify.err);
  screen_.table(snapshot);
}

void Demo::look_back() {
  screen_.step(5, "Looking back");
  const auto asked = asker_->asked();
  const auto answered = static_cast<size_t>(
      std::ranges::count_if(asked, [](const lab::Asked& request) { return request.status == 307; }));
  check(answered == asked.size(),
        std::to_string(answered) + " of " + std::to_string(asked.size()) + " requests were redirected to a server");
  size_t too_late = 0;
  for (const auto& goner : goners_) {
    too_late += asker_->sent_to(goner.address, goner.learnt);
  }
  check(too_late == 0, std::to_string(too_late) + " were sent to a server that the router knew to be gone");
  std::set<std::string> accused;
  for (const auto& verdict : pool_.events("verdict")) {
    accused.insert(verdict.value("buddy"));
  }
  check(accused == killed_, "nobody alive was pronounced dead");
}

}  // namespace buddyring::demo
