// SPDX-License-Identifier: Apache-2.0
// EgressAttachment: the egress program as a filter of the interface's clsact
// qdisc.
//
// Theory of operation. A filter belongs to the interface and outlives whoever
// attached it, so it sits at a fixed place where the next start finds it. The
// filter lets every packet go on to the filters after it. The qdisc is removed
// only by the agent that created it, and only when nobody else uses it by then.
#pragma once

#include <cstdint>
#include <string>

namespace buddyring {

class EgressAttachment {
 public:
  // Exchanges the program of an earlier agent's filter in place. `clsact_was_ours`:
  // that agent created the qdisc. Throws StartupError; names the occupant when the
  // place is taken by another's filter.
  EgressAttachment(int program_fd, unsigned ifindex, const std::string& interface, bool clsact_was_ours);
  // Detaches, but for after keep().
  ~EgressAttachment();
  EgressAttachment(const EgressAttachment&) = delete;
  EgressAttachment& operator=(const EgressAttachment&) = delete;

  [[nodiscard]] bool clsact_created() const { return clsact_created_; }
  void keep(bool kept) { kept_ = kept; }

  // Removes what an agent that was killed left on `ifindex`: its filter, known by
  // the program's id, and then the qdisc if that was `clsact_created` by it.
  static void remove_leftover(unsigned ifindex, uint32_t program_id, bool clsact_created);
  // The program of a filter of an agent's, whichever; 0 when there is none.
  [[nodiscard]] static uint32_t own_program_on(unsigned ifindex);

 private:
  unsigned ifindex_;
  uint32_t program_id_ = 0;
  bool clsact_created_ = false;
  bool kept_ = false;
};

}  // namespace buddyring
