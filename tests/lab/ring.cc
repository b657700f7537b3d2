// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/ring.h"

namespace buddyring::lab {
namespace {

void replace(Buddies& list, const std::string& gone, const std::string& replacement) {
  for (std::string* buddy : {&list.a, &list.b}) {
    if (*buddy == gone) {
      *buddy = replacement;
    }
  }
}

}  // namespace

Ring Ring::without(const std::string& server) const {
  Ring ring = *this;
  const Buddies left_behind = ring.servers.at(server);
  ring.servers.erase(server);
  if (left_behind.a.empty()) {
    return ring;
  }
  // Of two, the one that remains is alone.
  const bool alone = left_behind.a == left_behind.b;
  replace(ring.servers.at(left_behind.a), server, alone ? "" : left_behind.b);
  replace(ring.servers.at(left_behind.b), server, alone ? "" : left_behind.a);
  return ring;
}

std::vector<std::string> Ring::around() const {
  std::vector<std::string> order;
  if (servers.empty()) {
    return order;
  }
  const std::string first = servers.begin()->first;
  std::string previous;
  std::string current = first;
  do {
    order.push_back(current);
    const auto row = servers.find(current);
    if (row == servers.end() || row->second.a.empty()) {
      break;
    }
    const std::string next = row->second.a == previous ? row->second.b : row->second.a;
    previous = current;
    current = next;
  } while (current != first && order.size() < servers.size());
  return order;
}

std::string Ring::text() const {
  std::string text;
  for (const auto& server : around()) {
    text += server + " - ";
  }
  return text.empty() ? "(empty)" : text.substr(0, text.size() - 1);
}

void PrintTo(const Ring& ring, std::ostream* out) {
  for (const auto& [server, buddies] : ring.servers) {
    *out << server << "(" << buddies.a << "," << buddies.b << ") ";
  }
}

Ring ring_of(const PoolSnapshot& snapshot) {
  Ring ring;
  for (const auto& row : snapshot.servers) {
    ring.servers[row.server.name] = {.a = row.buddy_a, .b = row.buddy_b};
  }
  return ring;
}

}  // namespace buddyring::lab
