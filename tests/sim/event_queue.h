// SPDX-License-Identifier: Apache-2.0
// EventQueue: everything that is going to happen, in the order of time, and at
// one time in the order in which it was added. A heap of small entries, four
// children a node, which is half as deep as one with two and so misses the
// processor's caches less often; whatever an event carries besides stands in
// pools, under `item`.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tests/sim/clock.h"

namespace buddyring::sim {

using NodeId = uint32_t;
inline constexpr NodeId nobody = UINT32_MAX;

enum class Happening : uint8_t {
  wake,        // an agent wakes up; item: which of its plans this is
  packet,      // a probe or an answer arrives at a host; item: the packet
  message,     // a ServerReplace or ServerExpect goes on; item: the delivery
  registry,    // a call of the registry goes on; item: the call
  power_on,    // a host comes up; its kernel answers
  start,       // an agent is started
  crash,       // a host goes down
  kill,        // an agent is killed
  leave,       // an agent is asked to stop
  fault,       // a fault of the plan begins; item: which
  fault_ends,  // the same ends
  carrier,     // a host is told of its carrier, late
  refresh,     // the router asks for the pool
  client,      // a client asks the router for a server
};

struct Entry {
  Nanos at = 0;
  uint64_t sequence = 0;
  Happening what = Happening::wake;
  NodeId node = 0;
  uint32_t item = 0;
};

class EventQueue {
 public:
  void add(Nanos at, Happening what, NodeId node = 0, uint32_t item = 0) {
    const Entry entry{at, ++sequence_, what, node, item};
    heap_.push_back(entry);
    size_t place = heap_.size() - 1;
    while (place > 0 && sooner(entry, heap_[parent(place)])) {
      heap_[place] = heap_[parent(place)];
      place = parent(place);
    }
    heap_[place] = entry;
  }
  // REQUIRES one that is not empty.
  Entry take() {
    const Entry first = heap_.front();
    const Entry last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) {
      sink(last);
    }
    return first;
  }
  [[nodiscard]] Nanos next() const { return heap_.empty() ? never : heap_.front().at; }
  [[nodiscard]] size_t size() const { return heap_.size(); }

 private:
  static constexpr size_t children = 4;
  static size_t parent(size_t place) { return (place - 1) / children; }
  static bool sooner(const Entry& left, const Entry& right) {
    return left.at != right.at ? left.at < right.at : left.sequence < right.sequence;
  }
  // Puts `entry` where the first one was, and whatever comes before it above it.
  void sink(const Entry& entry) {
    size_t place = 0;
    for (;;) {
      const size_t begin = place * children + 1;
      const size_t end = std::min(begin + children, heap_.size());
      size_t best = begin;
      for (size_t child = begin + 1; child < end; ++child) {
        best = sooner(heap_[child], heap_[best]) ? child : best;
      }
      if (begin >= end || sooner(entry, heap_[best])) {
        break;
      }
      heap_[place] = heap_[best];
      place = best;
    }
    heap_[place] = entry;
  }

  std::vector<Entry> heap_;
  uint64_t sequence_ = 0;
};

// Things under way, by number; a number is used again when its thing is done.
template <class T>
class Pool {
 public:
  uint32_t add(T thing) {
    if (free_.empty()) {
      things_.push_back(std::move(thing));
      return static_cast<uint32_t>(things_.size() - 1);
    }
    const uint32_t item = free_.back();
    free_.pop_back();
    things_[item] = std::move(thing);
    return item;
  }
  T& operator[](uint32_t item) { return things_[item]; }
  void remove(uint32_t item) { free_.push_back(item); }

 private:
  std::vector<T> things_;
  std::vector<uint32_t> free_;
};

}  // namespace buddyring::sim
