// SPDX-License-Identifier: Apache-2.0
// KernelPath: the kernel programs of one agent, loaded, pinned and attached.
//
// Theory of operation. Start in the order that leaves nothing half-attached:
// lock the pin directory, load, populate, pin, attach XDP (native, else generic
// with a warning in `warnings()`), attach the egress program to clsact. The
// XDP link belongs to this process: when the agent dies, however it dies, its
// kernel stops vouching for it. Pinned maps stay after a SIGKILL for whoever
// reads them, and the next start replaces them, and removes the filter that was
// left with them. All access to map contents goes through mapped memory; nothing
// below makes a system call but watch, unwatch and refresh_link_address.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bpf/contract.h"
#include "core/observation.h"
#include "core/result.h"
#include "core/server.h"
#include "core/time.h"
#include "core/watch_set.h"

namespace buddyring {

class KernelPath {
 public:
  struct Options {
    std::string pin_root = "/sys/fs/bpf/buddyring";  // on a bpffs
    std::string pool;
    std::string server;
    std::string interface;
    unsigned ifindex = 0;
    Address address;
  };

  // Throws StartupError: missing capability, bpffs not mounted, another agent
  // runs for this server (lock held), XDP slot or our place in the egress filters
  // occupied (names the occupant), no such interface or one without Ethernet
  // frames, verifier refusal. Whatever was done is undone first.
  explicit KernelPath(const Options& options);
  // Detaches, removes the clsact qdisc if it was ours, unpins.
  ~KernelPath();
  KernelPath(const KernelPath&) = delete;
  KernelPath& operator=(const KernelPath&) = delete;

  [[nodiscard]] buddyring_xdp_mode mode() const;
  [[nodiscard]] const std::vector<std::string>& warnings() const;

  // What our answers say.
  void set_self(Incarnation incarnation, Epoch epoch, bool member);
  void renew_lease(Instant expires);
  // Our word as a witness until `expires`: which of our buddies our judge holds
  // for dead. It is about the buddy list whose epoch set_self() was told last;
  // with the next epoch it is void until it is given anew.
  void set_word(bool doubts_a, bool doubts_b, Instant expires);
  // Frames to another MAC than the interface's are not answered; call this when
  // the link changed, as the MAC may have.
  Status refresh_link_address();

  // REQUIRES slot < BUDDYRING_MAX_PEERS. watch() zeroes the slot's state first;
  // set_role() keeps it, and fails where nobody is watched. Only whom we watch as
  // a buddy is told that it is one.
  Status watch(unsigned slot, const Server& server, WatchRole role);
  Status unwatch(unsigned slot);
  Status set_role(unsigned slot, WatchRole role);
  [[nodiscard]] Observation observe(unsigned slot) const;

  // The agent's own page for dashboards; plain stores, single writer. Pool,
  // server, interface, ifindex, pid, xdp_mode and clsact_created are filled in.
  [[nodiscard]] buddyring_report& report();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace buddyring
