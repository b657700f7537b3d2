// SPDX-License-Identifier: Apache-2.0
// What Prometheus' text form says, and what docs/metrics.md says of it, in one shape.
#pragma once

#include <map>
#include <set>
#include <string>

namespace buddyring::lab {

struct DescribedMetric {
  std::string type;
  std::string help;
  std::set<std::string> labels;  // but for pool and server

  friend bool operator==(const DescribedMetric&, const DescribedMetric&) = default;
};
// By name; a histogram by that of its family.
using DescribedMetrics = std::map<std::string, DescribedMetric>;

// Of the table in docs/metrics.md. Throws std::runtime_error when the file is not there.
[[nodiscard]] DescribedMetrics documented_metrics();
// Of a page, as it was served.
[[nodiscard]] DescribedMetrics described_metrics(const std::string& page);

}  // namespace buddyring::lab
