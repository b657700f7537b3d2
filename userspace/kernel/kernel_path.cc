// SPDX-License-Identifier: Apache-2.0
#include "kernel/kernel_path.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "kernel/exit_notice.h"
#include "kernel/filter_attachment.h"
#include "kernel/hardware_stamps.h"
#include "kernel/link_address.h"
#include "kernel/map_address.h"
#include "kernel/mapped_map.h"
#include "kernel/peer_slots.h"
#include "kernel/pin_directory.h"
#include "kernel/pins.h"
#include "kernel/probe_key_map.h"
#include "kernel/skeleton.h"
#include "kernel/xdp_attachment.h"
#include "posix/clock.h"
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

bool fits(AttachMode wish, buddyring_attachment mode) {
  return wish == AttachMode::automatic || (wish == AttachMode::native && mode == BUDDYRING_ATTACHED_NATIVE) ||
         (wish == AttachMode::generic && mode == BUDDYRING_ATTACHED_GENERIC);
}

void pin_maps(PinDirectory& directory, const Skeleton& skeleton) {
  const auto& maps = skeleton->maps;
  const std::pair<const bpf_map*, const char*> pinned[] = {
      {maps.agent, pins::agent},           {maps.peer, pins::peer},
      {maps.peer_slots, pins::peer_slots}, {maps.peer_state, pins::peer_state},
      {maps.verdicts, pins::verdicts},     {maps.rtt_histogram, pins::rtt_histogram},
      {maps.report, pins::report},         {maps.card_clock, pins::card_clock},
  };
  for (const auto& [map, name] : pinned) {
    directory.pin(bpf_map__fd(map), name);
  }
}

}  // namespace

// Made from top to bottom, undone from bottom to top, also when a step throws.
struct KernelPath::State {
  explicit State(const Options& given)
      : options(given),
        link_address(require_link_address(given.ifindex)),
        directory(given.pin_root, given.pool, given.server),
        skeleton(directory.path()),
        agent(bpf_map__fd(skeleton->maps.agent), 1, pins::agent),
        report(bpf_map__fd(skeleton->maps.report), 1, pins::report),
        card_clock(bpf_map__fd(skeleton->maps.card_clock), 1, pins::card_clock),
        slots(skeleton, given.pool) {
    // Until all is well, what was there before stays there.
    keep(skeleton.adopted());
    attach(directory.leftover());
    keep(false);
  }

  void attach(const std::optional<Leftover>& leftover) {
    // Filled before anyone can see them, to be seen before a program uses them.
    fill_probe_keys(bpf_map__fd(skeleton->maps.probe_keys), options.probe_keys);
    populate();
    if (leftover && leftover->ifindex != options.ifindex) {
      FilterAttachment::remove_leftover(TrafficSide::ingress, leftover->ifindex, leftover->ingress_program_id,
                                        leftover->clsact_created);
      FilterAttachment::remove_leftover(TrafficSide::egress, leftover->ifindex, leftover->egress_program_id,
                                        leftover->clsact_created);
    }
    if (!skeleton.adopted()) {
      pin_maps(directory, skeleton);
    }
    attach_ingress(leftover);
    report[0].link[0].attachment = mode();
    if (options.stamps == BUDDYRING_STAMP_HARDWARE) {
      stamp_by_hardware();
    }
    const int egress_fd = bpf_program__fd(skeleton->progs.buddyring_egress);
    egress.emplace(TrafficSide::egress, egress_fd, options.ifindex, options.interface,
                   past(leftover, leftover ? leftover->egress_program_id : 0));
    keep(skeleton.adopted());
    directory.pin(egress_fd, pins::egress_program);
    report[0].link[0].clsact_created = egress->clsact_created() || (ingress && ingress->clsact_created()) ? 1 : 0;
    exits.emplace(bpf_map__fd(skeleton->maps.agent), agent[0], directory, warnings);
    report[0].exit_notice = exits->active() ? 1 : 0;
    if (const Status rests = rest_on({}); !rests) {
      throw StartupError(rests.error().message);
    }
  }

  [[nodiscard]] FilterPast past(const std::optional<Leftover>& leftover, uint32_t program_id) const {
    const bool here = leftover && leftover->ifindex == options.ifindex;
    return {.identity = identity_of(options.pool, options.server),
            .program_id = here ? program_id : 0,
            .clsact_created = here && leftover->clsact_created};
  }

  // What an earlier agent had is kept where it fits the option. Otherwise the new is there before the old goes, by way
  // of the filter, as no interface has two XDP programs.
  void attach_ingress(const std::optional<Leftover>& leftover) {
    const int program = bpf_program__fd(skeleton->progs.buddyring_xdp);
    const AttachMode wish = options.attach;
    xdp.emplace(options.ifindex, options.interface, directory);
    keep(skeleton.adopted());
    const bool had_filter =
        leftover && leftover->ifindex == options.ifindex && leftover->ingress_program_id != 0 && !xdp->attached();
    if (xdp->attached() && fits(wish, xdp->mode())) {
      if (const Status exchanged = xdp->exchange(program); !exchanged) {
        throw StartupError(exchanged.error().message + "; run `buddyd --detach`");
      }
    } else if (xdp->attached() || had_filter || wish == AttachMode::tc) {
      attach_filter(leftover);
      if (xdp->attached()) {
        xdp->release();
      }
    }
    const bool filter_fits = ingress && (wish == AttachMode::tc || wish == AttachMode::automatic);
    if (!xdp->attached() && !filter_fits) {
      const std::string occupant = xdp->attach(program, wish, identity_of(options.pool, options.server), warnings);
      keep(skeleton.adopted());
      if (!occupant.empty()) {
        attach_filter(leftover);
        warnings.push_back("the XDP slot of " + options.interface + " is taken by " + occupant +
                           ", which stays there: frames come to us behind it, at tc ingress");
      }
    }
    if (xdp->attached()) {
      directory.pin(program, pins::xdp_program);
      if (ingress) {
        ingress->keep(false);
        ingress.reset();
        directory.unpin(pins::ingress_program);
      }
    } else {
      directory.unpin(pins::xdp_program);
    }
  }

  void attach_filter(const std::optional<Leftover>& leftover) {
    const int program = bpf_program__fd(skeleton->progs.buddyring_ingress);
    ingress.emplace(TrafficSide::ingress, program, options.ifindex, options.interface,
                    past(leftover, leftover ? leftover->ingress_program_id : 0));
    keep(skeleton.adopted());
    directory.pin(program, pins::ingress_program);
  }

  [[nodiscard]] buddyring_attachment mode() const { return xdp->attached() ? xdp->mode() : BUDDYRING_ATTACHED_TC; }

  // Whatever fails leaves the program that is at work.
  void stamp_by_hardware() {
    const auto stamping = mode() == BUDDYRING_ATTACHED_NATIVE
                              ? load_hardware_stamps(skeleton, options.ifindex)
                              : Error{ErrorKind::conflict, std::string("in ") + attachment_name(mode()) +
                                                               " mode the stamps of the card are not seen"};
    const Status exchanged = stamping ? xdp->exchange(stamping.value().get()) : stamping.error();
    if (!exchanged) {
      warnings.push_back("the kernel stamps what arrives, not the card: " + exchanged.error().message);
      return;
    }
    directory.pin(stamping.value().get(), pins::xdp_program);
    report[0].stamps_active = BUDDYRING_STAMP_HARDWARE;
  }

  // What an earlier agent handed over goes on if it is whole: a member at the same
  // address whose lease still runs.
  void populate() {
    buddyring_agent& self = agent[0];
    const bool goes_on = skeleton.adopted() && self.member != 0 && from_map(self.address) == options.address &&
                         self.term >= self.term_floor && self.lease_expires_ns >= to_ns(monotonic_now());
    if (goes_on) {
      resumed = Resumed{.incarnation = self.incarnation, .epoch = self.epoch};
      slots.inherit();
    } else {
      store_release(self.member, __u32{0});
      store_release(self.word_expires_ns, __u64{0});
      slots.clear();
    }
    self.identity = identity_of(options.pool, options.server);
    self.address = to_map(options.address);
    self.probe_port = options.probe_port;
    std::copy(link_address.begin(), link_address.end(), self.link[0].address);
    store_release(self.link[0].ifindex, __u32{options.ifindex});
    const auto clsact_created = report[0].link[0].clsact_created;
    zero_entry(report[0]);
    report[0].link[0].clsact_created = clsact_created;
    report[0].pid = static_cast<__u32>(getpid());
    report[0].stamps_requested = options.stamps;
    report[0].stamps_active = BUDDYRING_STAMP_KERNEL;
    zero_entry(card_clock[0]);
    report[0].link[0].ifindex = options.ifindex;
    options.pool.copy(report[0].pool, sizeof(report[0].pool) - 1);
    options.server.copy(report[0].server, sizeof(report[0].server) - 1);
    options.interface.copy(report[0].link[0].interface, sizeof(report[0].link[0].interface) - 1);
  }

  Status rest_on(std::span<const pid_t> others) {
    std::vector<pid_t> all{getpid()};
    all.insert(all.end(), others.begin(), others.end());
    return exits->rest_on(all);
  }

  void keep(bool kept) {
    directory.keep(kept);
    if (xdp) {
      xdp->keep(kept);
    }
    if (ingress) {
      ingress->keep(kept);
    }
    if (egress) {
      egress->keep(kept);
    }
  }

  Options options;
  LinkAddress link_address;
  std::vector<std::string> warnings;
  PinDirectory directory;
  Skeleton skeleton;
  MappedMap<buddyring_agent> agent;
  MappedMap<buddyring_report> report;
  MappedMap<buddyring_card_clock> card_clock;
  PeerSlots slots;
  std::optional<XdpAttachment> xdp;
  std::optional<FilterAttachment> ingress;
  std::optional<FilterAttachment> egress;
  std::optional<ExitNotice> exits;
  std::optional<Resumed> resumed;
};

KernelPath::KernelPath(const Options& options) : state_(std::make_unique<State>(options)) {}

KernelPath::~KernelPath() = default;

buddyring_attachment KernelPath::mode() const { return state_->mode(); }

const std::vector<std::string>& KernelPath::warnings() const { return state_->warnings; }

const std::optional<KernelPath::Resumed>& KernelPath::resumed() const { return state_->resumed; }

void KernelPath::drop_inherited() { state_->slots.drop_inherited(); }

void KernelPath::hand_over() {
  state_->exits->forget(getpid());
  state_->keep(true);
}

Status KernelPath::rest_on(std::span<const pid_t> others) { return state_->rest_on(others); }

void KernelPath::set_self(Incarnation incarnation, Epoch epoch, bool member) {
  buddyring_agent& self = state_->agent[0];
  store_relaxed(self.incarnation, __u64{incarnation});
  store_relaxed(self.epoch, __u64{epoch});
  store_release(self.member, member ? __u32{1} : __u32{0});
}

void KernelPath::renew_lease(Instant expires) {
  store_relaxed(state_->agent[0].lease_expires_ns, __u64{to_ns(expires)});
}

void KernelPath::keep_stale(bool keep) { store_release(state_->agent[0].keep_stale, keep ? __u8{1} : __u8{0}); }

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
    store_relaxed(self.link[0].address[i], address.value()[i]);
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
