// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/event.h"

#include <charconv>

namespace buddyring::lab {
namespace {

// Takes a value off the front of `rest`: quoted up to its closing quote, bare up to a space.
std::string take_value(std::string_view& rest) {
  std::string value;
  if (!rest.starts_with('"')) {
    const size_t end = std::min(rest.find(' '), rest.size());
    value = rest.substr(0, end);
    rest.remove_prefix(end);
    return value;
  }
  rest.remove_prefix(1);
  while (!rest.empty() && rest.front() != '"') {
    if (rest.front() == '\\' && rest.size() > 1) {
      rest.remove_prefix(1);
    }
    value += rest.front();
    rest.remove_prefix(1);
  }
  if (!rest.empty()) {
    rest.remove_prefix(1);
  }
  return value;
}

}  // namespace

std::string Event::value(std::string_view key) const {
  const auto found = values.find(key);
  return found == values.end() ? std::string{} : found->second;
}

Event parse_event(std::string_view line) {
  Event event;
  event.text = line;
  std::string_view rest = line;
  while (!rest.empty()) {
    if (rest.front() == ' ') {
      rest.remove_prefix(1);
      continue;
    }
    const size_t end = rest.find_first_of("= ");
    if (end == std::string_view::npos || rest[end] == ' ') {
      rest.remove_prefix(std::min(end, rest.size()));
      continue;
    }
    const std::string_view key = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    const std::string value = take_value(rest);
    if (key == "ts_ns") {
      std::from_chars(value.data(), value.data() + value.size(), event.ts_ns);
    } else if (key == "level") {
      event.level = value;
    } else if (key == "event") {
      event.name = value;
    } else {
      event.values.emplace(key, value);
    }
  }
  return event;
}

}  // namespace buddyring::lab
