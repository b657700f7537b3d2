// SPDX-License-Identifier: Apache-2.0
// Detector: the judge of one watched server.
//
// Theory of operation. A cycle is one probe and the interval in which a live
// answer is awaited. At each tick the cycle before is judged by what the kernel
// stamped, then the next begins. A cycle is a miss only if the judge itself was
// fit: its probe left in time, it judges in time, its own link is up. Otherwise
// the cycle is void: it neither counts nor clears. So an agent that slept has
// at most the void cycle of its sleep to show, and never a death; and an answer
// that arrived while it slept counts, because the kernel stamped it.
//
// The first miss has had a whole interval for its answer. Those that confirm it are
// hurried: their cycles take a quarter of an interval, as long as answers have come
// so fast lately that one could not be late. That costs nothing as long as nobody is
// missed, and half of the time to a verdict of three misses.
//
// A probe that the kernel never let out (the neighbour does not resolve) is a
// miss like any other once the interval has passed: a server that is gone from
// the wire long enough is gone from the neighbour table too.
//
// Misses alone do not condemn, for it may be the judge who is cut off. At least
// one of them must be of a probe sent after a proof that the judge's own network
// worked: somebody, the other buddy or the registry, was heard since the first
// of these misses was sent.
//
// A miss is a testimony when in its cycle the server's own kernel said that its agent
// is not to be seen. Silence may be the fault of the way; this cannot.
#pragma once

#include <array>
#include <cstdint>

#include "core/observation.h"
#include "core/time.h"

namespace buddyring {

// Hurried cycles that an interval holds: between two ticks there are three checks.
inline constexpr int checks_an_interval = 4;

struct DetectionSettings {
  Duration interval{};
  unsigned misses = 3;
  bool hurried = false;  // each cycle, and not only those that confirm a miss

  [[nodiscard]] Duration check_time() const { return interval / checks_an_interval; }
};

enum class BuddyState : uint8_t { alive, suspect, condemned };
inline constexpr size_t buddy_states = 3;

// How a cycle ended. `last_miss` is the miss that reaches the limit.
enum class CycleEnd : uint8_t { answered, miss, last_miss, voided };
inline constexpr size_t cycle_ends = 4;

enum class DetectorAction : uint8_t { none, suspect, recover, condemn, retract };

struct DetectorTransition {
  BuddyState next;
  DetectorAction action;
};

// The table of docs/protocol.md: [state][how the cycle ended].
using DetectorTable = std::array<std::array<DetectorTransition, cycle_ends>, buddy_states>;
extern const DetectorTable detector_table;

class Detector {
 public:
  explicit Detector(DetectionSettings settings) : settings_(settings) {}

  // What the judge knows of itself at this tick.
  struct Fitness {
    Duration lateness{};  // of this tick behind its schedule
    bool carrier = true;  // our own link is up
  };

  // Ends the cycle under way, if there is one, and moves along the table.
  DetectorAction judge(Instant now, const Observation& seen, Fitness own);

  // A live answer since the first of the misses in a row clears them at once,
  // without waiting for the cycle's end.
  DetectorAction hear(const Observation& seen);

  // Begins the next cycle; returns the number of the probe to send, which is above
  // those of all probes before, also of another judge of the same server. `heard`
  // is when anybody at all was last heard.
  uint64_t begin_cycle(Instant now, Instant heard);

  // The number of a probe outside of any cycle. One in the second half of a cycle
  // leaves that cycle without an end.
  uint64_t number_extra_probe() { return ++number_; }

  // The probe could not be handed to the kernel through our own fault: its cycle is void.
  void probe_failed();

  // Forgets what it held against its server; probes go on being numbered.
  void begin_anew(DetectionSettings settings);

  // From now on by these; what was missed stays missed.
  void adjust(DetectionSettings settings) { settings_ = settings; }

  // A verdict must be confirmed by one more missed cycle before it is acted on.
  void doubt();

  [[nodiscard]] BuddyState state() const { return state_; }
  [[nodiscard]] unsigned misses() const { return misses_; }
  [[nodiscard]] CycleEnd last_end() const { return last_end_; }
  [[nodiscard]] bool under_way() const { return under_way_; }
  // The next cycle is to be a hurried one.
  [[nodiscard]] bool hurries() const;
  // The cycle under way takes no longer than `check`, and half of it has passed: a check
  // may end it.
  [[nodiscard]] bool ends_at_check(Instant now, Duration check) const {
    return under_way_ && awaited_ <= check && now - sent_ >= awaited_ / 2;
  }
  // True when there are misses and each of them was a testimony.
  [[nodiscard]] bool testified() const { return misses_ > 0 && !silent_; }
  // True when there are misses and nobody was heard since the first of them.
  [[nodiscard]] bool needs_proof(Instant heard) const {
    return state_ == BuddyState::suspect && !proven_ && heard < first_missed_;
  }

 private:
  // Along the table.
  DetectorAction move(CycleEnd end);
  [[nodiscard]] CycleEnd end_of_cycle(Instant now, const Observation& seen, Fitness own) const;
  [[nodiscard]] static uint64_t first_number(Instant now);
  // The cycle under way, if missed, is of a probe that followed a proof.
  [[nodiscard]] bool is_proof() const;

  DetectionSettings settings_;
  BuddyState state_ = BuddyState::alive;
  unsigned misses_ = 0;
  bool silent_ = false;  // one of these was no testimony
  CycleEnd last_end_ = CycleEnd::voided;
  uint64_t number_ = 0;  // of the latest probe; 0 before the first
  Instant sent_{};
  Duration awaited_{};          // how long the cycle under way takes
  Duration slowest_answer_{};   // of late; 0 before the first answer
  uint64_t answers_timed_ = 0;  // live answers, when the latest of them was timed
  Instant heard_{};             // before the cycle under way began
  bool under_way_ = false;
  Instant first_missed_{};  // when the first probe of the misses in a row was sent
  bool proven_ = false;     // one of them followed a proof of our own network
};

}  // namespace buddyring
