// SPDX-License-Identifier: Apache-2.0
// MetricsText: Prometheus' text form of metrics, version 0.0.4.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace buddyring {

enum class MetricType : uint8_t { gauge, counter, histogram };

// "gauge" and the like.
[[nodiscard]] const char* metric_type_name(MetricType type);

// In the order in which they are shown. Values may hold any bytes.
using MetricLabels = std::vector<std::pair<std::string_view, std::string>>;

class MetricsText {
 public:
  // Begins a family; its samples follow, of all agents.
  void family(std::string_view name, MetricType type, std::string_view help);
  // A sample of the family that was begun; `suffix` is that of a histogram's parts.
  void sample(const MetricLabels& labels, double value, std::string_view suffix = "");

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::string name_;
};

// The shortest text that reads as that number; of whole numbers, all digits.
[[nodiscard]] std::string metric_number(double value);

}  // namespace buddyring
