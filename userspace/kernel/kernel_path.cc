// SPDX-License-Identifier: Apache-2.0
#include "kernel/kernel_path.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "kernel/exit_notice.h"
#include "kernel/hardware_stamps.h"
#include "kernel/link_address.h"
#include "kernel/link_attachment.h"
#include "kernel/map_address.h"
#include "kernel/mapped_map.h"
#include "kernel/peer_slots.h"
#include "kernel/pin_directory.h"
#include "kernel/pins.h"
#include "kernel/probe_key_map.h"
#include "kernel/skeleton.h"
#include "posix/clock.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

std::vector<LinkAddress> require_link_addresses(const std::vector<KernelPath::Link>& links) {
  BUDDYRING_ASSERT(!links.empty() && links.size() <= BUDDYRING_MAX_LINKS);
  std::vector<LinkAddress> addresses;
  for (const KernelPath::Link& link : links) {
    const auto address = link_address_of(link.ifindex);
    if (!address) {
      throw StartupError(address.error().message);
    }
    addresses.push_back(address.value());
  }
  return addresses;
}

// Under the programs' eyes: none of them sees an interface with another one's address.
void set_link(buddyring_link& entry, unsigned ifindex, const LinkAddress& address) {
  if (load_relaxed(entry.ifindex) != ifindex) {
    store_release(entry.ifindex, __u32{0});
  }
  for (size_t i = 0; i < address.size(); ++i) {
    store_relaxed(entry.address[i], address[i]);
  }
  store_release(entry.ifindex, __u32{ifindex});
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
        link_addresses(require_link_addresses(given.links)),
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
    populate(leftover);
    leave_links_but(link_indexes(), leftover, directory);
    if (!skeleton.adopted()) {
      pin_maps(directory, skeleton);
    }
    bool any_xdp = false;
    bool any_filter = false;
    for (const Link& link : options.links) {
      attach_link(link, leftover);
      (links.back()->mode() == BUDDYRING_ATTACHED_TC ? any_filter : any_xdp) = true;
    }
    if (!any_xdp) {
      directory.unpin(pins::xdp_program);
    }
    if (!any_filter) {
      directory.unpin(pins::ingress_program);
    }
    if (options.stamps == BUDDYRING_STAMP_HARDWARE) {
      stamp_by_hardware();
    }
    directory.pin(bpf_program__fd(skeleton->progs.buddyring_egress), pins::egress_program);
    exits.emplace(bpf_map__fd(skeleton->maps.agent), agent[0], directory, warnings);
    report[0].exit_notice = exits->active() ? 1 : 0;
    if (const Status rests = rest_on({}); !rests) {
      throw StartupError(rests.error().message);
    }
  }

  void attach_link(const Link& link, const std::optional<Leftover>& leftover) {
    buddyring_link_report& line = report[0].link[links.size()];
    const LinkAttachment::Options given{.interface = link.interface,
                                        .ifindex = link.ifindex,
                                        .attach = options.attach,
                                        .self = identity_of(options.pool, options.server),
                                        .kept = skeleton.adopted()};
    links.push_back(std::make_unique<LinkAttachment>(given, skeleton, leftover, directory, warnings));
    line.attachment = links.back()->mode();
    line.clsact_created = links.back()->clsact_created() ? 1 : 0;
  }

  [[nodiscard]] std::vector<unsigned> link_indexes() const {
    std::vector<unsigned> indexes;
    std::ranges::transform(options.links, std::back_inserter(indexes), &Link::ifindex);
    return indexes;
  }

  [[nodiscard]] buddyring_attachment mode() const { return links.front()->mode(); }

  [[nodiscard]] Result<Fd> load_stamping() const {
    if (options.links.size() != 1) {
      return Error{ErrorKind::conflict, "one clock is read, and several interfaces have been given"};
    }
    if (mode() != BUDDYRING_ATTACHED_NATIVE) {
      return Error{ErrorKind::conflict,
                   std::string("in ") + attachment_name(mode()) + " mode the stamps of the card are not seen"};
    }
    return load_hardware_stamps(skeleton, options.links.front().ifindex);
  }

  // Whatever fails leaves the program that is at work.
  void stamp_by_hardware() {
    const auto stamping = load_stamping();
    const Status exchanged = stamping ? links.front()->exchange_xdp(stamping.value().get()) : stamping.error();
    if (!exchanged) {
      warnings.push_back("the kernel stamps what arrives, not the card: " + exchanged.error().message);
      return;
    }
    directory.pin(stamping.value().get(), pins::xdp_program);
    report[0].stamps_active = BUDDYRING_STAMP_HARDWARE;
  }

  // What an earlier agent handed over goes on if it is whole: a member at the same
  // address whose lease still runs.
  void populate(const std::optional<Leftover>& leftover) {
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
    zero_entry(report[0]);
    populate_links(leftover);
    report[0].pid = static_cast<__u32>(getpid());
    report[0].stamps_requested = options.stamps;
    report[0].stamps_active = BUDDYRING_STAMP_KERNEL;
    zero_entry(card_clock[0]);
    options.pool.copy(report[0].pool, sizeof(report[0].pool) - 1);
    options.server.copy(report[0].server, sizeof(report[0].server) - 1);
  }

  void populate_links(const std::optional<Leftover>& leftover) {
    for (size_t i = 0; i < BUDDYRING_MAX_LINKS; ++i) {
      if (i >= options.links.size()) {
        store_release(agent[0].link[i].ifindex, __u32{0});
        continue;
      }
      const Link& link = options.links[i];
      set_link(agent[0].link[i], link.ifindex, link_addresses[i]);
      buddyring_link_report& line = report[0].link[i];
      line.ifindex = link.ifindex;
      const Leftover::Link* before = leftover ? leftover->on(link.ifindex) : nullptr;
      line.clsact_created = before != nullptr && before->clsact_created ? 1 : 0;
      link.interface.copy(line.interface, sizeof(line.interface) - 1);
    }
  }

  Status rest_on(std::span<const pid_t> others) {
    std::vector<pid_t> all{getpid()};
    all.insert(all.end(), others.begin(), others.end());
    return exits->rest_on(all);
  }

  void keep(bool kept) {
    directory.keep(kept);
    for (const auto& link : links) {
      link->keep(kept);
    }
  }

  Options options;
  std::vector<LinkAddress> link_addresses;
  std::vector<std::string> warnings;
  PinDirectory directory;
  Skeleton skeleton;
  MappedMap<buddyring_agent> agent;
  MappedMap<buddyring_report> report;
  MappedMap<buddyring_card_clock> card_clock;
  PeerSlots slots;
  std::vector<std::unique_ptr<LinkAttachment>> links;
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

Status KernelPath::set_probe_keys(const ProbeKeys& keys) {
  try {
    fill_probe_keys(bpf_map__fd(state_->skeleton->maps.probe_keys), keys);
  } catch (const StartupError& error) {
    return Error{ErrorKind::system, error.what()};
  }
  return Done{};
}

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

Status KernelPath::refresh_link_addresses() {
  const auto& links = state_->options.links;
  for (size_t i = 0; i < links.size(); ++i) {
    const auto address = link_address_of(links[i].ifindex);
    if (address) {
      set_link(state_->agent[0].link[i], links[i].ifindex, address.value());
    } else if (links.size() == 1 || address.error().kind != ErrorKind::not_found) {
      return address.error();
    }
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
