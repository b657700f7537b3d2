// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/bench.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>

namespace buddyring::bench {

std::string server_name(unsigned number) { return "s" + std::to_string(number); }

std::set<std::string> fill(lab::Pool& pool, unsigned servers) {
  std::set<std::string> all;
  for (unsigned number = 1; number <= servers; ++number) {
    pool.add(server_name(number));
    all.insert(server_name(number));
  }
  settle(pool, all);
  return all;
}

void settle(lab::Pool& pool, const std::set<std::string>& servers) {
  if (const std::string off = pool.settle(servers); !off.empty()) {
    throw std::runtime_error("the ring did not become whole: " + off);
  }
}

double milliseconds_since(const lab::Event& event, Instant since) {
  return std::chrono::duration<double, std::milli>(instant_from_ns(event.ts_ns) - since).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::string spread(const std::vector<double>& values) {
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "min %6.1f   median %6.1f   max %6.1f ms", std::ranges::min(values),
                median(values), std::ranges::max(values));
  return text.data();
}

}  // namespace buddyring::bench
