// SPDX-License-Identifier: Apache-2.0
#include "ctl/metrics_text.h"

#include <array>
#include <charconv>
#include <cmath>

namespace buddyring {
namespace {

// All whole numbers up to here are exact.
constexpr double exact_max = 9007199254740992.0;

std::string escaped(std::string_view value) {
  std::string text;
  for (const char each : value) {
    if (each == '\\' || each == '"') {
      text += '\\';
    }
    text += each == '\n' ? std::string_view{"\\n"} : std::string_view{&each, 1};
  }
  return text;
}

}  // namespace

const char* metric_type_name(MetricType type) {
  switch (type) {
    case MetricType::gauge:
      return "gauge";
    case MetricType::counter:
      return "counter";
    case MetricType::histogram:
      return "histogram";
  }
  return "untyped";
}

std::string metric_number(double value) {
  std::array<char, 32> digits{};
  const bool whole = std::abs(value) <= exact_max && std::trunc(value) == value;
  const auto end = whole ? std::to_chars(digits.begin(), digits.end(), static_cast<int64_t>(value))
                         : std::to_chars(digits.begin(), digits.end(), value);
  return {digits.begin(), end.ptr};
}

void MetricsText::family(std::string_view name, MetricType type, std::string_view help) {
  name_ = name;
  text_ += "# HELP " + name_ + " ";
  text_ += help;
  text_ += "\n# TYPE " + name_ + " " + metric_type_name(type) + "\n";
}

void MetricsText::sample(const MetricLabels& labels, double value, std::string_view suffix) {
  text_ += name_;
  text_ += suffix;
  char before = '{';
  for (const auto& [label, text] : labels) {
    text_ += before;
    text_ += label;
    text_ += "=\"" + escaped(text) + "\"";
    before = ',';
  }
  text_ += (labels.empty() ? " " : "} ") + metric_number(value) + "\n";
}

}  // namespace buddyring
