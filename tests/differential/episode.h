// SPDX-License-Identifier: Apache-2.0
// Episode: a few hundred frames in one drawn world, each put to the kernel
// programs and to the reference, and compared.
//
// Theory of operation. Everything follows from the seed and the episode's index,
// so an episode can be run again alone; only the stamps differ, and no verdict
// rests on those. An episode begins with nobody watched and nothing remembered.
// Between frames the agent does what agents do: it lets probes leave (through the
// egress program), watches others, renews or loses its lease. After each frame
// the action, the frame, every counter and the state of every watched slot must
// be those of the reference; after the last, and in a replay after each, that of
// all slots. A stamp is whatever lies between two looks at the clock; what is
// computed from it is computed from that.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "tests/differential/generator.h"
#include "tests/differential/reference.h"
#include "tests/differential/subject.h"
#include "tests/differential/tally.h"

namespace buddyring::differential {

inline constexpr uint64_t frames_per_episode = 256;

class Episode {
 public:
  // REQUIRES that `subject` and `tally` outlive it.
  Episode(Subject& subject, Tally& tally, uint64_t seed, uint64_t index, bool thorough);

  // At most frames_per_episode. What was found when the two first disagreed, as
  // text; nothing when they agree to the end.
  [[nodiscard]] std::optional<std::string> run(uint64_t frames);

 private:
  void begin();
  void move_on();
  void watch(unsigned slot);
  // Each compares too, and says what differs.
  [[nodiscard]] std::string depart();
  [[nodiscard]] std::string arrive();
  [[nodiscard]] std::string compare_effect(uint64_t before_ns, uint64_t after_ns);
  [[nodiscard]] std::string compare_counters();
  [[nodiscard]] std::string compare_states(bool all_slots);
  [[nodiscard]] std::string tell(uint64_t frame, const std::string& difference) const;

  Subject& subject_;
  Tally& tally_;
  uint64_t seed_;
  uint64_t index_;
  bool thorough_;
  Prng prng_;
  Generator generator_{prng_};
  World world_;
  std::deque<Departed> departed_;
  std::array<uint64_t, BUDDYRING_MAX_PEERS> next_number_{};
  Bytes frame_;
  Bytes after_;
  lab::Hook hook_{};
  uint32_t action_ = 0;
  Judgement expected_;
};

}  // namespace buddyring::differential
