// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "ctl/ping_forms.h"

namespace buddyring {
namespace {

using SourceCounts = std::array<uint64_t, stamp_sources>;

Json sources_json(const SourceCounts& counts) {
  Json document = Json::object();
  for (size_t i = 0; i < counts.size(); ++i) {
    document[describe(static_cast<StampSource>(i))] = counts[i];
  }
  return document;
}

Json rtt_json(const std::optional<RttFigures>& figures) {
  if (!figures) {
    return nullptr;
  }
  return {{"min_ns", figures->min_ns},
          {"mean_ns", figures->mean_ns},
          {"max_ns", figures->max_ns},
          {"p50_ns", figures->p50_ns},
          {"p99_ns", figures->p99_ns}};
}

Json histogram_json(const buddyring_rtt_histogram& histogram) {
  Json buckets = Json::array();
  for (size_t bucket = 0; bucket < std::size(histogram.bucket); ++bucket) {
    if (histogram.bucket[bucket] != 0) {
      buckets.push_back(
          {{"from_ns", uint64_t{1} << bucket}, {"to_ns", uint64_t{2} << bucket}, {"count", histogram.bucket[bucket]}});
    }
  }
  return buckets;
}

Json host_json(const PingRun& run, size_t host) {
  const PingCounts& counts = run.ledger.counts(host);
  Json document{{"name", run.hosts.found[host].name},
                {"address", run.hosts.found[host].address},
                {"reachable", counts.received != 0},
                {"xmt", counts.sent},
                {"rcv", counts.received},
                {"loss_percent", counts.loss_percent()},
                {"rtt", rtt_json(run.ledger.figures(host))},
                {"histogram", histogram_json(run.ledger.histogram(host))}};
  SourceCounts departures{};
  SourceCounts arrivals{};
  Json replies = Json::array();
  for (uint64_t number = host; run.ledger.knows(number); number += run.ledger.hosts()) {
    const PingRequest& request = run.ledger.request(number);
    if (request.state == PingRequest::State::answered) {
      const RoundTrip& trip = request.trip;
      ++departures.at(static_cast<size_t>(trip.departure));
      ++arrivals.at(static_cast<size_t>(trip.arrival));
      replies.push_back({{"number", run.ledger.round_of(number)},
                         {"rtt_ns", trip.ns},
                         {"departure", describe(trip.departure)},
                         {"arrival", describe(trip.arrival)}});
    }
  }
  document["stamps"] = {{"departure", sources_json(departures)}, {"arrival", sources_json(arrivals)}};
  document["not_counted"] = {{"late", counts.late},
                             {"duplicate", counts.duplicates},
                             {"damaged", counts.damaged},
                             {"foreign", counts.foreign}};
  document["clock_steps"] = counts.clock_steps;
  document["errors"] = Json::array();
  for (const auto& [error, count] : run.errors[host]) {
    document["errors"].push_back({{"message", error}, {"count", count}});
  }
  if (!run.settings.quiet) {
    document["replies"] = std::move(replies);
  }
  return document;
}

}  // namespace

Json ping_json(const PingRun& run) {
  Json document{{"interval_ns", to_ns(run.settings.interval)},
                {"timeout_ns", to_ns(run.settings.timeout)},
                {"size", run.settings.data_bytes},
                {"hosts", Json::array()},
                {"not_found", Json::array()}};
  for (size_t host = 0; host < run.ledger.hosts(); ++host) {
    document["hosts"].push_back(host_json(run, host));
  }
  for (const UnknownHost& unknown : run.hosts.unknown) {
    document["not_found"].push_back({{"name", unknown.name}, {"message", unknown.why}});
  }
  return document;
}

}  // namespace buddyring
