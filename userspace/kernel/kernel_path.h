// SPDX-License-Identifier: Apache-2.0
// KernelPath: the kernel programs of one agent, loaded, pinned and attached.
//
// Theory of operation. Start in the order that leaves nothing half-attached:
// lock the pin directory, load, populate, pin, attach to each interface what judges
// frames that come (XDP, or tc ingress: attach_mode.h; what is less than asked for is in
// `warnings()`) and the egress program (clsact), and have the
// kernel tell of our exit. Everything is pinned, so all of it outlives this process
// when it does not end in order: the kernel goes on answering, and says at once, by
// the exit notice, that nobody vouches for this server any more. The next start
// takes over what it finds: the same maps, the programs exchanged in place, so that
// no answer is lost. What was left by an agent that handed over, and whose lease has
// not run out, goes on as it was (`resumed()`); what a killed one left is no member
// until it has announced itself.
// With hardware stamps, the program that takes them then goes into the place of the
// other one, where there is one interface; where it cannot, `warnings()` say why.
// The keys of probes alone are not handed on: each start gives the programs those of
// its own key file, in a map that nobody finds by a pin.
// All access to map contents goes through mapped memory; nothing below makes a
// system call but watch, unwatch, rest_on and refresh_link_addresses.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bpf/contract.h"
#include "core/observation.h"
#include "core/result.h"
#include "core/server.h"
#include "core/time.h"
#include "core/watch_set.h"
#include "kernel/attach_mode.h"
#include "kernel/pins.h"
#include "posix/probe_keys.h"

namespace buddyring {

class KernelPath {
 public:
  struct Link {
    std::string interface;
    unsigned ifindex = 0;
  };
  struct Options {
    std::string pin_root = pins::default_root;
    std::string pool;
    std::string server;
    std::vector<Link> links;  // 1 to BUDDYRING_MAX_LINKS, each another interface
    Address address;
    uint16_t probe_port = 0;  // UDP
    buddyring_stamp_source stamps = BUDDYRING_STAMP_KERNEL;
    ProbeKeys probe_keys = ProbeKeys::unsealed_only();
    AttachMode attach = AttachMode::automatic;
  };

  // Throws StartupError: missing capability, bpffs not mounted, another agent
  // runs for this server (lock held), XDP slot or our place in the filters
  // occupied (names the occupant), another layout's pins, no such interface or one without Ethernet
  // frames, verifier refusal. Whatever was done is undone first.
  explicit KernelPath(const Options& options);
  // Detaches, removes the clsact qdisc if it was ours, unpins; or leaves all of it
  // after hand_over().
  ~KernelPath();
  KernelPath(const KernelPath&) = delete;
  KernelPath& operator=(const KernelPath&) = delete;

  // Of the first interface; the others' stand in report().
  [[nodiscard]] buddyring_attachment mode() const;
  [[nodiscard]] const std::vector<std::string>& warnings() const;

  // What an earlier agent handed over, and answers still say.
  struct Resumed {
    Incarnation incarnation = 0;
    Epoch epoch = 0;
  };
  [[nodiscard]] const std::optional<Resumed>& resumed() const;
  // Whom it watched is counted as our buddy until this is called.
  void drop_inherited();
  // This process ends without leaving: everything stays, and our own exit does not
  // revoke the lease.
  void hand_over();

  // From now on the lease is that of this process and of `others`, at most
  // limits::services_max: the exit of any revokes it at once. not_found when
  // one of those before has exited; then it stays revoked.
  Status rest_on(std::span<const pid_t> others);

  // The programs seal with these keys, and take what they sealed, from now on. One key is
  // exchanged after the other.
  Status set_probe_keys(const ProbeKeys& keys);

  // What our answers say.
  void set_self(Incarnation incarnation, Epoch epoch, bool member);
  void renew_lease(Instant expires);
  // Whether buddies are to hold us for alive with a stale lease, too. What is not to be kept
  // is said before the lease is let go.
  void keep_stale(bool keep);
  // Our word as a witness until `expires`: which of our buddies our judge holds
  // for dead. It is about the buddy list whose epoch set_self() was told last;
  // with the next epoch it is void until it is given anew.
  void set_word(bool doubts_a, bool doubts_b, Instant expires);
  // Frames to another MAC than their interface's are not answered; call this when
  // a link changed, as its MAC may have. One of several that is gone is left out.
  Status refresh_link_addresses();

  // REQUIRES slot < BUDDYRING_MAX_PEERS. watch() zeroes the slot's state first;
  // set_role() keeps it, and fails where nobody is watched. Only whom we watch as
  // a buddy is told that it is one.
  Status watch(unsigned slot, const Server& server, WatchRole role);
  Status unwatch(unsigned slot);
  Status set_role(unsigned slot, WatchRole role);
  [[nodiscard]] Observation observe(unsigned slot) const;

  // The agent's own page for dashboards; plain stores, single writer. Pool,
  // server, links, stamps and pid are filled in.
  [[nodiscard]] buddyring_report& report();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace buddyring
