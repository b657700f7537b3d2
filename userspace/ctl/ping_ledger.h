// SPDX-License-Identifier: Apache-2.0
// PingLedger: each request of a run and what became of it, and the figures of
// each host.
//
// Theory of operation. A request is waiting from its departure until its answer
// or its timeout. What comes for a request that is waiting no more is a
// duplicate or late, and counts as nothing else. Where the card is to stamp,
// its stamp of a departure may come after the answer: such an answer is held back
// until then, or until the timeout, which settles it with the stamps there are. All
// memory is taken at the start. No clock and no socket.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bpf/contract.h"
#include "ctl/ping_stamps.h"

namespace buddyring {

struct PingRequest {
  enum class State : uint8_t { unsent, waiting, held_back, answered, timed_out };
  PacketStamps departure;
  PacketStamps arrival;
  RoundTrip trip;  // once answered
  State state = State::unsent;
};

// What a host's replies were worth, by reason.
struct PingCounts {
  uint64_t sent = 0;
  uint64_t received = 0;
  uint64_t rtt_sum_ns = 0;
  uint64_t duplicates = 0;   // of a request that was answered before
  uint64_t late = 0;         // after the timeout
  uint64_t damaged = 0;      // the request's mark, but other data
  uint64_t foreign = 0;      // from another address than was asked
  uint64_t clock_steps = 0;  // better stamps than those used made no sense

  [[nodiscard]] double loss_percent() const;
};

// Nothing when there was no answer.
struct RttFigures {
  uint64_t min_ns, mean_ns, max_ns, p50_ns, p99_ns;
};

class PingLedger {
 public:
  PingLedger(size_t hosts, uint64_t rounds, Duration timeout, bool hardware);

  [[nodiscard]] size_t hosts() const { return counts_.size(); }
  [[nodiscard]] size_t host_of(uint64_t number) const { return number % hosts(); }
  [[nodiscard]] uint64_t round_of(uint64_t number) const { return number / hosts(); }
  [[nodiscard]] bool knows(uint64_t number) const { return number < next_; }
  // REQUIRES knows(number).
  [[nodiscard]] const PingRequest& request(uint64_t number) const { return requests_[number]; }

  // In the order of the numbers, from 0.
  void depart(uint64_t number, const PacketStamps& departure);
  // The number once more when that settles its request: it is answered now.
  // Nothing otherwise; the counts tell why.
  [[nodiscard]] std::optional<uint64_t> add_departure(uint64_t number, const PacketStamps& stamps);
  [[nodiscard]] std::optional<uint64_t> take_reply(uint64_t number, const PacketStamps& arrival);
  // A request that waited for its timeout: answered if it was held back, else timed out.
  [[nodiscard]] std::optional<uint64_t> expire(Instant now);
  // When that will be; nothing when no request waits.
  [[nodiscard]] std::optional<Instant> next_expiry() const;

  // For what only the caller sees.
  void count_damaged(uint64_t number) { ++counts_[host_of(number)].damaged; }
  void count_foreign(uint64_t number) { ++counts_[host_of(number)].foreign; }

  [[nodiscard]] const PingCounts& counts(size_t host) const { return counts_[host]; }
  [[nodiscard]] std::optional<RttFigures> figures(size_t host) const;
  [[nodiscard]] buddyring_rtt_histogram histogram(size_t host) const;

 private:
  void settle(uint64_t number);
  [[nodiscard]] bool is_open(uint64_t number) const;
  void skip_settled();

  Duration timeout_;
  bool hardware_;
  std::vector<PingRequest> requests_;
  std::vector<PingCounts> counts_;
  uint64_t next_ = 0;    // to depart
  uint64_t oldest_ = 0;  // that may still be open
};

}  // namespace buddyring
