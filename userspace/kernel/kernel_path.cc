// SPDX-License-Identifier: Apache-2.0
#include "kernel/kernel_path.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "kernel/egress_attachment.h"
#include "kernel/link_address.h"
#include "kernel/map_address.h"
#include "kernel/mapped_map.h"
#include "kernel/peer_slots.h"
#include "kernel/pin_directory.h"
#include "kernel/pins.h"
#include "kernel/skeleton.h"
#include "kernel/xdp_attachment.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

LinkAddress require_link_address(unsigned ifindex) {
  auto address = link_address_of(ifindex);
  if (!address) {
    throw StartupError(address.error().message);
  }
  return address.value();
}

void remove_leftover(PinDirectory& pins) {
  if (const auto leftover = pins.leftover()) {
    EgressAttachment::remove_leftover(leftover->ifindex, leftover->egress_program_id, leftover->clsact_created);
  }
  pins.clear();
}

void pin_all(PinDirectory& directory, const Skeleton& skeleton) {
  const auto& maps = skeleton->maps;
  const std::pair<const bpf_map*, const char*> pinned[] = {
      {maps.agent, pins::agent},           {maps.peer, pins::peer},         {maps.peer_slots, pins::peer_slots},
      {maps.peer_state, pins::peer_state}, {maps.verdicts, pins::verdicts}, {maps.rtt_histogram, pins::rtt_histogram},
      {maps.report, pins::report},
  };
  for (const auto& [map, name] : pinned) {
    directory.pin(bpf_map__fd(map), name);
  }
  directory.pin(bpf_program__fd(skeleton->progs.buddyring_xdp), pins::xdp_program);
  directory.pin(bpf_program__fd(skeleton->progs.buddyring_egress), pins::egress_program);
}

}  // namespace

// Made from top to bottom, undone from bottom to top, also when a step throws.
struct KernelPath::State {
  explicit State(const Options& given)
      : options(given),
        link_address(require_link_address(given.ifindex)),
        directory(given.pin_root, given.pool, given.server),
        agent(bpf_map__fd(skeleton->maps.agent), 1, pins::agent),
        report(bpf_map__fd(skeleton->maps.report), 1, pins::report),
        slots(skeleton, given.pool) {
    // Filled before anyone can see them, to be seen before a program uses them.
    populate();
    remove_leftover(directory);
    pin_all(directory, skeleton);
    xdp.emplace(bpf_program__fd(skeleton->progs.buddyring_xdp), options.ifindex, options.interface, warnings);
    report[0].xdp_mode = xdp->mode();
    egress.emplace(bpf_program__fd(skeleton->progs.buddyring_egress), options.ifindex, options.interface);
    report[0].clsact_created = egress->clsact_created() ? 1 : 0;
  }

  void populate() {
    agent[0].identity = identity_of(options.pool, options.server);
    agent[0].address = to_map(options.address);
    std::copy(link_address.begin(), link_address.end(), agent[0].link_address);
    report[0].pid = static_cast<__u32>(getpid());
    report[0].ifindex = options.ifindex;
    options.pool.copy(report[0].pool, sizeof(report[0].pool) - 1);
    options.server.copy(report[0].server, sizeof(report[0].server) - 1);
    options.interface.copy(report[0].interface, sizeof(report[0].interface) - 1);
  }

  Options options;
  LinkAddress link_address;
  std::vector<std::string> warnings;
  PinDirectory directory;
  Skeleton skeleton;
  MappedMap<buddyring_agent> agent;
  MappedMap<buddyring_report> report;
  PeerSlots slots;
  std::optional<XdpAttachment> xdp;
  std::optional<EgressAttachment> egress;
};

KernelPath::KernelPath(const Options& options) : state_(std::make_unique<State>(options)) {}

KernelPath::~KernelPath() = default;

buddyring_xdp_mode KernelPath::mode() const { return state_->xdp->mode(); }

const std::vector<std::string>& KernelPath::warnings() const { return state_->warnings; }

void KernelPath::set_self(Incarnation incarnation, Epoch epoch, bool member) {
  buddyring_agent& self = state_->agent[0];
  store_relaxed(self.incarnation, __u64{incarnation});
  store_relaxed(self.epoch, __u64{epoch});
  store_release(self.member, member ? __u32{1} : __u32{0});
}

void KernelPath::renew_lease(Instant expires) {
  store_relaxed(state_->agent[0].lease_expires_ns, __u64{to_ns(expires)});
}

void KernelPath::set_word(bool doubts_a, bool doubts_b, Instant expires) {
  buddyring_agent& self = state_->agent[0];
  const __u64 doubts =
      (doubts_a ? __u64{BUDDYRING_ANSWER_DOUBTS_A} : 0) | (doubts_b ? __u64{BUDDYRING_ANSWER_DOUBTS_B} : 0);
  // The expiry last: while the old one holds, the old word and the new are both good.
  store_relaxed(self.word, load_relaxed(self.epoch) << BUDDYRING_EPOCH_SHIFT | doubts);
  store_release(self.word_expires_ns, __u64{to_ns(expires)});
}

Status KernelPath::refresh_link_address() {
  const auto address = link_address_of(state_->options.ifindex);
  if (!address) {
    return address.error();
  }
  buddyring_agent& self = state_->agent[0];
  for (size_t i = 0; i < address.value().size(); ++i) {
    store_relaxed(self.link_address[i], address.value()[i]);
  }
  return Done{};
}

Status KernelPath::watch(unsigned slot, const Server& server, WatchRole role) {
  return state_->slots.watch(slot, server, role);
}

Status KernelPath::unwatch(unsigned slot) { return state_->slots.unwatch(slot); }

Status KernelPath::set_role(unsigned slot, WatchRole role) { return state_->slots.set_role(slot, role); }

Observation KernelPath::observe(unsigned slot) const { return state_->slots.observe(slot); }

buddyring_report& KernelPath::report() { return state_->report[0]; }

}  // namespace buddyring
