// SPDX-License-Identifier: Apache-2.0
#include "core/duration.h"

#include <array>
#include <limits>

namespace buddyring {
namespace {

struct Unit {
  std::string_view name;
  int64_t ns;
};

// Largest first, as format_duration tries them.
constexpr std::array<Unit, 6> units{{
    {"h", 3'600'000'000'000},
    {"m", 60'000'000'000},
    {"s", 1'000'000'000},
    {"ms", 1'000'000},
    {"us", 1'000},
    {"ns", 1},
}};

constexpr int64_t longest_ns = std::numeric_limits<int64_t>::max();

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Error refusal(std::string_view text, const char* why) {
  return {ErrorKind::invalid, "'" + std::string{text} + "' is no duration: " + why +
                                  "; give a number and a unit of ns, us, ms, s, m or h, such as 100ms or 1.5s"};
}

// Takes the digits at the front of `rest`, so many as there are.
std::string_view take_digits(std::string_view& rest) {
  size_t count = 0;
  while (count < rest.size() && is_digit(rest[count])) {
    ++count;
  }
  const std::string_view digits = rest.substr(0, count);
  rest.remove_prefix(count);
  return digits;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  std::string_view rest = text;
  const std::string_view whole = take_digits(rest);
  std::string_view fraction;
  if (whole.empty()) {
    return refusal(text, "it does not begin with a number");
  }
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    fraction = take_digits(rest);
    if (fraction.empty()) {
      return refusal(text, "no digit follows the point");
    }
  }
  if (rest.empty()) {
    return refusal(text, "the unit is missing");
  }
  for (const Unit& unit : units) {
    if (unit.name != rest) {
      continue;
    }
    int64_t total_ns = 0;
    for (const char c : whole) {
      const int64_t digit_ns = (c - '0') * unit.ns;
      if (total_ns > (longest_ns - digit_ns) / 10) {
        return refusal(text, "it is too long");
      }
      total_ns = total_ns * 10 + digit_ns;
    }
    // Each further decimal is worth a tenth of the one before, in whole nanoseconds or not at all.
    int64_t fraction_ns = 0;
    int64_t worth_ns = unit.ns;
    for (const char c : fraction) {
      const int64_t tenths_ns = (c - '0') * worth_ns;
      if (tenths_ns % 10 != 0) {
        return refusal(text, "it is finer than a nanosecond");
      }
      fraction_ns += tenths_ns / 10;
      worth_ns = worth_ns % 10 == 0 ? worth_ns / 10 : 0;
    }
    if (total_ns > longest_ns - fraction_ns) {
      return refusal(text, "it is too long");
    }
    return Duration{total_ns + fraction_ns};
  }
  return refusal(text, "the unit is unknown");
}

std::string format_duration(Duration duration) {
  const int64_t count_ns = duration.count();
  if (count_ns == 0) {
    return "0s";
  }
  for (const Unit& unit : units) {
    if (count_ns % unit.ns == 0) {
      return std::to_string(count_ns / unit.ns) + std::string{unit.name};
    }
  }
  return std::to_string(count_ns) + "ns";
}

}  // namespace buddyring
