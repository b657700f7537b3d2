// SPDX-License-Identifier: Apache-2.0
#include "ctl/ring_walk.h"

#include <map>

namespace buddyring {

namespace {

bool neighbours_are_buddies(const std::vector<ServerRow>& order) {
  const size_t size = order.size();
  if (size == 1) {
    return order.front().buddy_a.empty() && order.front().buddy_b.empty();
  }
  for (size_t i = 0; i < size; ++i) {
    const std::string& before = order[(i + size - 1) % size].server.name;
    const std::string& after = order[(i + 1) % size].server.name;
    const ServerRow& row = order[i];
    const bool forwards = row.buddy_a == after && row.buddy_b == before;
    const bool backwards = row.buddy_a == before && row.buddy_b == after;
    if (!forwards && !backwards) {
      return false;
    }
  }
  return true;
}

}  // namespace

RingWalk walk_ring(const std::vector<ServerRow>& servers) {
  std::map<std::string, const ServerRow*> left;
  for (const ServerRow& row : servers) {
    left[row.server.name] = &row;
  }
  RingWalk walk;
  if (left.empty()) {
    return walk;
  }
  std::string previous;
  std::string current = left.begin()->first;
  for (auto found = left.find(current); found != left.end(); found = left.find(current)) {
    const ServerRow& row = *found->second;
    walk.order.push_back(row);
    left.erase(found);
    const std::string next = row.buddy_a == previous ? row.buddy_b : row.buddy_a;
    previous = current;
    current = next;
  }
  for (const auto& [name, row] : left) {
    walk.order.push_back(*row);
  }
  walk.whole = neighbours_are_buddies(walk.order);
  return walk;
}

}  // namespace buddyring
