// SPDX-License-Identifier: Apache-2.0
#include "ctl/ping_ledger.h"

#include <algorithm>
#include <cmath>

#include "core/result.h"
#include "ctl/rtt.h"

namespace buddyring {
namespace {

// The smallest of the sorted values that `fraction` of them do not exceed.
uint64_t nearest_rank(const std::vector<uint64_t>& sorted, double fraction) {
  const auto rank = static_cast<size_t>(std::ceil(fraction * static_cast<double>(sorted.size())));
  return sorted[std::max<size_t>(rank, 1) - 1];
}

}  // namespace

double PingCounts::loss_percent() const {
  return sent == 0 ? 0 : 100.0 * static_cast<double>(sent - received) / static_cast<double>(sent);
}

PingLedger::PingLedger(size_t hosts, uint64_t rounds, Duration timeout, bool hardware)
    : timeout_(timeout), hardware_(hardware), requests_(hosts * rounds), counts_(hosts) {}

void PingLedger::depart(uint64_t number, const PacketStamps& departure) {
  BUDDYRING_ASSERT(number == next_ && number < requests_.size());
  requests_[number].departure = departure;
  requests_[number].state = PingRequest::State::waiting;
  ++counts_[host_of(number)].sent;
  ++next_;
}

std::optional<uint64_t> PingLedger::add_departure(uint64_t number, const PacketStamps& stamps) {
  PingRequest& request = requests_[number];
  request.departure.add(stamps);
  if (request.state != PingRequest::State::held_back || request.departure.hardware_ns == 0) {
    return std::nullopt;
  }
  settle(number);
  return number;
}

std::optional<uint64_t> PingLedger::take_reply(uint64_t number, const PacketStamps& arrival) {
  PingRequest& request = requests_[number];
  PingCounts& counts = counts_[host_of(number)];
  if (request.state == PingRequest::State::answered || request.state == PingRequest::State::held_back) {
    ++counts.duplicates;
    return std::nullopt;
  }
  if (request.state == PingRequest::State::timed_out) {
    ++counts.late;
    return std::nullopt;
  }
  request.arrival = arrival;
  if (hardware_ && arrival.hardware_ns != 0 && request.departure.hardware_ns == 0) {
    request.state = PingRequest::State::held_back;
    return std::nullopt;
  }
  settle(number);
  return number;
}

std::optional<uint64_t> PingLedger::expire(Instant now) {
  const auto expiry = next_expiry();
  if (!expiry || now < *expiry) {
    return std::nullopt;
  }
  const uint64_t number = oldest_;
  if (requests_[number].state == PingRequest::State::held_back) {
    settle(number);
  } else {
    requests_[number].state = PingRequest::State::timed_out;
    skip_settled();
  }
  return number;
}

std::optional<Instant> PingLedger::next_expiry() const {
  // All wait equally long, so the oldest is the first.
  return oldest_ == next_ ? std::nullopt : std::optional<Instant>(requests_[oldest_].departure.at + timeout_);
}

bool PingLedger::is_open(uint64_t number) const {
  const auto state = requests_[number].state;
  return state == PingRequest::State::waiting || state == PingRequest::State::held_back;
}

void PingLedger::skip_settled() {
  while (oldest_ < next_ && !is_open(oldest_)) {
    ++oldest_;
  }
}

void PingLedger::settle(uint64_t number) {
  PingRequest& request = requests_[number];
  PingCounts& counts = counts_[host_of(number)];
  request.trip = round_trip(request.departure, request.arrival);
  counts.clock_steps += request.trip.clock_stepped ? 1 : 0;
  // Whoever looks late may find in time what came in time, and the other way round: the stamps decide.
  if (request.trip.ns > to_ns(timeout_)) {
    request.state = PingRequest::State::timed_out;
    ++counts.late;
  } else {
    request.state = PingRequest::State::answered;
    ++counts.received;
    counts.rtt_sum_ns += request.trip.ns;
  }
  skip_settled();
}

std::optional<RttFigures> PingLedger::figures(size_t host) const {
  std::vector<uint64_t> sorted;
  sorted.reserve(counts_[host].received);
  for (uint64_t number = host; number < next_; number += hosts()) {
    if (requests_[number].state == PingRequest::State::answered) {
      sorted.push_back(requests_[number].trip.ns);
    }
  }
  if (sorted.empty()) {
    return std::nullopt;
  }
  std::sort(sorted.begin(), sorted.end());
  return RttFigures{sorted.front(), counts_[host].rtt_sum_ns / sorted.size(), sorted.back(), nearest_rank(sorted, 0.50),
                    nearest_rank(sorted, 0.99)};
}

buddyring_rtt_histogram PingLedger::histogram(size_t host) const {
  buddyring_rtt_histogram histogram{};
  for (uint64_t number = host; number < next_; number += hosts()) {
    if (requests_[number].state == PingRequest::State::answered) {
      ++histogram.bucket[rtt_bucket(requests_[number].trip.ns)];
    }
  }
  return histogram;
}

}  // namespace buddyring
