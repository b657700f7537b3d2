// SPDX-License-Identifier: Apache-2.0
// FilterAttachment: a program of ours as a filter on one side of the interface's
// clsact qdisc.
//
// Theory of operation. A filter belongs to the interface and outlives whoever
// attached it, so it sits at a fixed place where the next start finds it. The
// filter lets every packet go on to the filters after it. The qdisc is removed
// only by the agent that created it, and only when nobody else uses it by then.
#pragma once

#include <cstdint>
#include <string>

#include "kernel/traffic_filters.h"

namespace buddyring {

// Whose a filter of our name may be, to be exchanged in place.
struct FilterPast {
  uint64_t identity = 0;        // this server's
  uint32_t program_id = 0;      // that its earlier agent had there; 0: unknown
  bool clsact_created = false;  // that agent created the qdisc
};

class FilterAttachment {
 public:
  // Exchanges the program of an earlier agent's filter in place. Throws StartupError;
  // names the occupant when the place is taken by another's filter, be it another
  // server's agent.
  FilterAttachment(TrafficSide side, int program_fd, unsigned ifindex, const std::string& interface,
                   const FilterPast& past);
  // Detaches, but for after keep().
  ~FilterAttachment();
  FilterAttachment(const FilterAttachment&) = delete;
  FilterAttachment& operator=(const FilterAttachment&) = delete;

  [[nodiscard]] bool clsact_created() const { return clsact_created_; }
  void keep(bool kept) { kept_ = kept; }

  // Removes what an agent that was killed left on `ifindex`: its filter, known by
  // the program's id, and then the qdisc if that was `clsact_created` by it.
  static void remove_leftover(TrafficSide side, unsigned ifindex, uint32_t program_id, bool clsact_created);
  // What is at our place there and is no agent's, for messages; "" when nothing is.
  [[nodiscard]] static std::string stranger_on(TrafficSide side, unsigned ifindex);
  // The program of a filter of an agent's, whichever; 0 when there is none.
  [[nodiscard]] static uint32_t own_program_on(TrafficSide side, unsigned ifindex);

 private:
  TrafficSide side_;
  unsigned ifindex_;
  uint32_t program_id_ = 0;
  bool clsact_created_ = false;
  bool kept_ = false;
};

}  // namespace buddyring
