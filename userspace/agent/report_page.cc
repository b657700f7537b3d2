// SPDX-License-Identifier: Apache-2.0
#include "agent/report_page.h"

namespace buddyring {
namespace {

static_assert(limits::registry_endpoints_max == BUDDYRING_MAX_ENDPOINTS);
static_assert(static_cast<int>(EndpointState::unknown) == BUDDYRING_ENDPOINT_UNKNOWN);
static_assert(static_cast<int>(EndpointState::reached) == BUDDYRING_ENDPOINT_REACHED);
static_assert(static_cast<int>(EndpointState::standby) == BUDDYRING_ENDPOINT_STANDBY);
static_assert(static_cast<int>(EndpointState::failed) == BUDDYRING_ENDPOINT_FAILED);

void write_buddies(buddyring_report& page, const RingMember& core) {
  const BuddyList& list = core.buddies();
  const std::optional<Server>* buddies[] = {&list.a(), &list.b()};
  for (size_t i = 0; i < 2; ++i) {
    buddyring_buddy_report& line = page.buddy[i];
    const auto slot = *buddies[i] ? core.watches().slot_of((*buddies[i])->name) : std::nullopt;
    line.in_use = slot.has_value();
    if (slot) {
      const Detector& judge = core.watches().in(*slot)->detector;
      line.slot = *slot;
      line.misses = judge.misses();
      const std::string& name = (*buddies[i])->name;
      line.state = core.is_contested(name) ? static_cast<uint32_t>(BUDDYRING_BUDDY_CONTESTED)
                   : core.is_paused(name)  ? static_cast<uint32_t>(BUDDYRING_BUDDY_PAUSED)
                                           : static_cast<uint32_t>(judge.state()) + BUDDYRING_BUDDY_ALIVE;
    }
  }
}

}  // namespace

void report_settings(buddyring_report& page, const AgentOptions& options) {
  page.interval_ns = to_ns(options.detection.interval);
  page.lease_ns = to_ns(options.lease);
  page.misses = options.detection.misses;
}

void begin_report(buddyring_report& page, Instant started, const AgentOptions& options) {
  page.started_ns = to_ns(started);
  report_settings(page, options);
  page.replace_port = options.replace_port;
  page.probe_way = options.probe_way;
  page.probe_port = options.probe_port;
  page.endpoints = static_cast<uint32_t>(options.registry.urls.size());
  for (uint32_t i = 0; i < page.endpoints; ++i) {
    const std::string where = options.registry.urls[i].endpoint();
    where.copy(static_cast<char*>(page.endpoint[i].where), sizeof page.endpoint[i].where - 1);
  }
}

void write_report(buddyring_report& page, Instant now, const RingMember& core,
                  const ReplaceListener::Counters& rejected, const RegistryWorker& registry) {
  const RingMember::Counters& counters = core.counters();
  page.tick_ns = to_ns(now);
  page.ticks = counters.ticks;
  page.stalls = counters.stalls;
  page.stall_max_ns = to_ns(counters.stall_max);
  page.verdicts = counters.verdicts;
  page.replaces_applied = counters.replaces_applied;
  page.replaces_refused = counters.replaces_refused + rejected.sum();
  page.replaces_malformed = rejected.malformed;
  page.replaces_oversize = rejected.oversize;
  page.replaces_other_version = rejected.other_version;
  page.replaces_timed_out = rejected.timed_out;
  page.replaces_too_many = rejected.too_many;
  page.replaces_broken = rejected.broken;
  page.replaces_unsigned = rejected.unsigned_refused;
  page.replaces_unknown_key = rejected.unknown_key;
  page.replaces_bad_mac = rejected.bad_mac;
  const auto refused_for = [&](Refusal refusal) {
    return counters.replaces_refused_for.at(static_cast<size_t>(refusal));
  };
  page.replaces_stale = counters.replaces_stale;
  page.replaces_mismatch = refused_for(Refusal::mismatch);
  page.replaces_wrong_pool = refused_for(Refusal::wrong_pool);
  page.replaces_wrong_receiver = refused_for(Refusal::wrong_receiver);
  page.replaces_not_member = refused_for(Refusal::not_member);
  page.replaces_repeated = counters.replaces_repeated;
  page.expects = counters.expects;
  page.removals = counters.removals;
  page.beyond = counters.inquiries;
  page.contested = counters.contested;
  page.carrier = counters.carrier;
  page.registry_state = counters.registry_lost      ? BUDDYRING_REGISTRY_LOST
                        : counters.registry_reached ? BUDDYRING_REGISTRY_REACHED
                                                    : BUDDYRING_REGISTRY_UNKNOWN;
  page.ring_servers = counters.ring_servers;
  page.ring_servers_ns = to_ns(counters.ring_servers_at);
  page.tick_delay = counters.tick_delay;
  page.registry_call = registry.calls();
  const RegistryWorker::EndpointList endpoints = registry.endpoints();
  for (uint32_t i = 0; i < page.endpoints; ++i) {
    page.endpoint[i].state = static_cast<uint32_t>(endpoints.at(i).state);
    page.endpoint[i].failures = endpoints.at(i).failures;
  }
  write_buddies(page, core);
}

}  // namespace buddyring
