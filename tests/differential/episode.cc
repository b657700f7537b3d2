// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/episode.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <sstream>

#include "posix/clock.h"
#include "tests/differential/record.h"
#include "tests/differential/spoil.h"

namespace buddyring::differential {
namespace {

constexpr size_t departed_remembered = 96;  // more than the programs do
constexpr double move_chance = 0.02;
constexpr double departure_chance = 0.25;
// The programs' clock is the kernel's fast one, which may be off by its last correction.
constexpr uint64_t clock_slack_ns = 1000;

uint64_t now_ns() { return to_ns(monotonic_now()); }

bool is_between(uint64_t stamp_ns, uint64_t before_ns, uint64_t after_ns) {
  return stamp_ns + clock_slack_ns >= before_ns && stamp_ns <= after_ns + clock_slack_ns;
}

std::string describe(const char* what, uint32_t action, const Bytes& frame) {
  std::ostringstream text;
  text << "  " << what << ": action " << static_cast<int32_t>(action) << ", " << frame.size() << " bytes\n"
       << hexdump(frame) << '\n';
  return text.str();
}

// The words of two map entries that differ, by offset.
template <class Entry>
std::string differences(const char* map, unsigned slot, const Entry& expected, const Entry& found) {
  std::ostringstream text;
  const auto* wanted = reinterpret_cast<const uint64_t*>(&expected);
  const auto* given = reinterpret_cast<const uint64_t*>(&found);
  for (size_t word = 0; word < sizeof(Entry) / sizeof(uint64_t); ++word) {
    if (wanted[word] != given[word]) {
      text << "  " << map << '[' << slot << "], offset " << word * sizeof(uint64_t) << ": reference " << wanted[word]
           << ", program " << given[word] << '\n';
    }
  }
  return text.str();
}

unsigned tags_of(const Bytes& frame) {
  unsigned tags = 0;
  for (size_t at = ethernet_header_bytes - 2; tags < 2 && at + 2 <= frame.size(); at += tag_bytes, ++tags) {
    const auto type = get<uint16_t>(frame.data() + at);
    if (type != type_c_tag && type != type_s_tag) {
      break;
    }
  }
  return tags;
}

}  // namespace

Episode::Episode(Subject& subject, Tally& tally, uint64_t seed, uint64_t index, bool thorough)
    : subject_(subject), tally_(tally), seed_(seed), index_(index), thorough_(thorough), prng_(seed, index) {}

std::optional<std::string> Episode::run(uint64_t frames) {
  begin();
  std::string difference;
  uint64_t frame = 0;
  for (; frame < frames && difference.empty(); ++frame) {
    if (prng_.chance(move_chance)) {
      move_on();
    }
    while (difference.empty() && prng_.chance(departure_chance)) {
      difference = depart();
    }
    if (difference.empty()) {
      difference = arrive();
    }
  }
  if (difference.empty()) {
    difference = compare_counters() + compare_states(true);
  }
  return difference.empty() ? std::nullopt : std::optional(tell(frame, difference));
}

void Episode::begin() {
  subject_.forget_all();
  world_.verdicts = subject_.verdicts();
  world_.self = generator_.self();
  subject_.set_self(world_.self);
  world_.keys = generator_.keys();
  subject_.set_keys(world_.keys);
  const uint64_t peers = prng_.below(6);
  for (uint64_t i = 0; i < peers; ++i) {
    watch(static_cast<unsigned>(prng_.below(BUDDYRING_MAX_PEERS)));
  }
}

void Episode::watch(unsigned slot) {
  Peer& peer = world_.peers[slot];
  peer = generator_.peer(world_.self);
  subject_.watch(slot, peer);
  world_.states[slot] = {};
  world_.histograms[slot] = {};
  next_number_[slot] = prng_.chance(0.8) ? 1 : prng_.next() >> 1U;
}

void Episode::move_on() {
  const auto slot = static_cast<unsigned>(prng_.below(BUDDYRING_MAX_PEERS));
  Peer& peer = world_.peers[slot];
  switch (prng_.below(5)) {
    case 3:  // a step in an exchange of keys
      for (Key& key : world_.keys) {
        key.taken = key.taken != prng_.chance(0.2);
      }
      subject_.set_keys(world_.keys);
      break;
    case 0:
      watch(slot);
      break;
    case 1:
      if (peer.watched) {
        subject_.unwatch(slot);
        peer.watched = false;
      }
      break;
    case 2:
      if (peer.watched) {
        peer.role = peer.role == WatchRole::buddy ? WatchRole::beyond : WatchRole::buddy;
        subject_.set_role(slot, peer.role);
      }
      break;
    default:
      generator_.age(world_.self);
      subject_.set_self(world_.self);
  }
}

std::string Episode::depart() {
  unsigned slot = static_cast<unsigned>(prng_.below(BUDDYRING_MAX_PEERS));
  for (unsigned tries = 0; tries < BUDDYRING_MAX_PEERS && !world_.peers[slot].watched; ++tries) {
    slot = (slot + 1) % BUDDYRING_MAX_PEERS;
  }
  if (!world_.peers[slot].watched) {
    return {};
  }
  uint64_t& next = next_number_[slot];
  next += prng_.chance(0.05) ? prng_.below(100) : 0;
  const Departed probe{.slot = slot, .number = next++, .nonce = prng_.next(), .key = generator_.key(world_).id};
  Draft draft = generator_.outgoing(world_, slot, probe);
  const bool is_ours = !prng_.chance(0.1);
  if (!is_ours) {
    // Another port, another version, or another sender.
    if (draft.protocol == protocol_udp && prng_.chance(0.5)) {
      (prng_.chance(0.5) ? draft.source_port : draft.destination_port) ^= 1U;
    } else {
      draft.data[prng_.chance(0.5) ? 4 : 16] ^= 0x80U;
    }
  }
  draft.write(frame_);
  const uint64_t before_ns = now_ns();
  action_ = subject_.run_egress(frame_, after_);
  const uint64_t after_ns = now_ns();
  ++tally_.departures;
  expected_.frame = frame_;
  if (action_ != lab::action_of(lab::Hook::tc, lab::Fate::passed) || after_ != frame_) {
    return "the egress program did not let the frame go as it was\n";
  }
  if (is_ours) {
    const uint64_t departed_ns = subject_.state(slot).departed_ns;
    if (!is_between(departed_ns, before_ns, after_ns)) {
      return "departed_ns " + std::to_string(departed_ns) + " is not when the frame left\n";
    }
    record_departure(world_, probe, departed_ns);
    ++world_.verdicts[BUDDYRING_DEPARTED];
    ++tally_.verdicts[BUDDYRING_DEPARTED];
    departed_.push_back(probe);
    if (departed_.size() > departed_remembered) {
      departed_.pop_front();
    }
    if (prng_.chance(0.2)) {  // a long way to go: as if it had left earlier
      const uint64_t earlier_ns = std::min(uint64_t{1} << prng_.below(36), departed_ns / 2);
      subject_.state(slot).flight[probe.number % BUDDYRING_FLIGHTS].departed_ns -= earlier_ns;
      world_.states[slot].flight[probe.number % BUDDYRING_FLIGHTS].departed_ns -= earlier_ns;
    }
  }
  return compare_states(thorough_);  // the counters are compared after the next frame
}

std::string Episode::arrive() {
  Draft draft = generator_.incoming(world_, departed_);
  spoil_fields(world_.self, prng_, draft);
  draft.write(frame_);
  damage_bytes(prng_, frame_);
  judge(world_, generator_.sealer(), frame_, expected_);
  ++world_.verdicts[expected_.verdict];
  hook_ = prng_.chance(0.5) && may_come_at_tc(frame_) ? lab::Hook::tc : lab::Hook::xdp;

  const uint64_t before_ns = now_ns();
  action_ = subject_.run_judge(hook_, frame_, after_);
  const uint64_t after_ns = now_ns();

  ++tally_.frames;
  ++tally_.verdicts[expected_.verdict];
  tally_.verdicts_at_tc[expected_.verdict] += hook_ == lab::Hook::tc ? 1 : 0;
  const size_t family = is_mapped(world_.self.address) ? 0 : 1;
  if (expected_.fate == lab::Fate::answered) {
    ++tally_.answered[family][tags_of(frame_)];
  }
  if (expected_.is_udp) {
    tally_.answered_over_udp[family] += expected_.verdict == BUDDYRING_ANSWERED_PROBE ? 1 : 0;
    tally_.arrived_over_udp[family] += expected_.verdict == BUDDYRING_ARRIVED ? 1 : 0;
  }
  if (action_ != lab::action_of(hook_, expected_.fate) || after_ != expected_.frame) {
    return "action or frame differs\n";
  }
  std::string difference = compare_effect(before_ns, after_ns);
  if (difference.empty()) {
    difference = compare_counters() + compare_states(thorough_);
  }
  tally_.agreed += difference.empty() ? 1 : 0;
  return difference;
}

std::string Episode::compare_effect(uint64_t before_ns, uint64_t after_ns) {
  if (expected_.effect == Effect::none) {
    return {};
  }
  if (expected_.effect == Effect::answered) {
    record_answered(world_, expected_);
    return {};
  }
  const buddyring_peer_state& found = subject_.state(expected_.slot);
  if (expected_.effect == Effect::unstamped) {
    world_.states[expected_.slot].unstamped_ns = found.unstamped_ns;
    return is_between(found.unstamped_ns, before_ns, after_ns) ? "" : "unstamped_ns is not when the frame came\n";
  }
  const uint64_t arrived_ns = found.flight[expected_.number % BUDDYRING_FLIGHTS].arrived_ns;
  if (!is_between(arrived_ns, before_ns, after_ns)) {
    return "the flight's arrived_ns is not when the frame came\n";
  }
  record_arrival(world_, expected_, arrived_ns);
  ++tally_.classes[expected_.answer_class];
  return {};
}

std::string Episode::compare_counters() {
  std::string difference;
  const auto counted = subject_.verdicts();
  for (size_t verdict = 0; verdict < counted.size(); ++verdict) {
    if (counted[verdict] != world_.verdicts[verdict]) {
      difference += std::string("  ") + name_of(static_cast<buddyring_verdict>(verdict)) + ": reference " +
                    std::to_string(world_.verdicts[verdict]) + ", program " + std::to_string(counted[verdict]) + "\n";
    }
  }
  return difference.empty() ? difference : "counters differ\n" + difference;
}

std::string Episode::compare_states(bool all_slots) {
  std::string difference;
  for (unsigned slot = 0; slot < BUDDYRING_MAX_PEERS; ++slot) {
    if (!all_slots && !world_.peers[slot].watched) {
      continue;
    }
    const buddyring_peer_state& state = subject_.state(slot);
    const buddyring_rtt_histogram& histogram = subject_.histogram(slot);
    if (std::memcmp(&state, &world_.states[slot], sizeof(state)) != 0 ||
        std::memcmp(&histogram, &world_.histograms[slot], sizeof(histogram)) != 0) {
      difference += differences("peer_state", slot, world_.states[slot], state);
      difference += differences("rtt_histogram", slot, world_.histograms[slot], histogram);
    }
  }
  return difference.empty() ? difference : "maps differ\n" + difference;
}

std::string Episode::tell(uint64_t frame, const std::string& difference) const {
  std::ostringstream text;
  text << "frame " << frame << " of episode " << index_ << ", seed " << seed_ << ": " << difference << "  the frame, "
       << frame_.size() << " bytes\n"
       << hexdump(frame_) << "\n  at " << (hook_ == lab::Hook::xdp ? "XDP" : "tc ingress") << " the reference says "
       << name_of(expected_.verdict) << '\n'
       << describe("reference", lab::action_of(hook_, expected_.fate), expected_.frame)
       << describe("program", action_, after_)
       << "  replay: build/tests/differential --gtest_filter=Differential.Frames --seed=" << seed_
       << " --episode=" << index_ << '\n';
  return text.str();
}

}  // namespace buddyring::differential
