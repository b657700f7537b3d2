// SPDX-License-Identifier: Apache-2.0
// The two forms of what `buddyctl ping` finds: fping's lines, and JSON.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ctl/context.h"
#include "ctl/ping_hosts.h"
#include "ctl/ping_ledger.h"

namespace buddyring {

struct PingSettings {
  uint64_t count = 0;
  Duration interval{};
  Duration timeout{};
  size_t data_bytes = 0;
  int family = 0;         // AF_UNSPEC: as the name resolves
  bool hardware = false;  // ask the card for stamps
  bool quiet = false;     // the summary alone
};

struct PingRun {
  PingRun(PingSettings chosen, PingHosts resolved)
      : settings(chosen),
        hosts(std::move(resolved)),
        ledger(hosts.found.size(), settings.count, settings.timeout, settings.hardware),
        errors(hosts.found.size()) {}

  PingSettings settings;
  PingHosts hosts;
  PingLedger ledger;
  // By host: what the network or the system said, and how often.
  std::vector<std::map<std::string, uint64_t>> errors;
};

// "10.1.0.7 : [0], 64 bytes, 0.021 ms (0.021 avg, 0% loss) [kernel, kernel]", or that it timed out.
// REQUIRES a request that was settled.
[[nodiscard]] std::string ping_line(const PingRun& run, uint64_t number);
// "10.1.0.7 : [0], No route to host, says 10.1.0.1"
[[nodiscard]] std::string ping_error_line(const PingRun& run, uint64_t number, const std::string& error);
// A line a host, and unless quiet its histogram.
[[nodiscard]] std::string ping_summary(const PingRun& run);
// As documented in docs/ping.md.
[[nodiscard]] Json ping_json(const PingRun& run);

}  // namespace buddyring
