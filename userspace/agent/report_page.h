// SPDX-License-Identifier: Apache-2.0
// The agent's page in the pinned map `report`, for whoever looks (docs/maps.md).
// Plain stores by one writer: a reader may see one field newer than another.
#pragma once

#include "agent/options.h"
#include "agent/replace_listener.h"
#include "bpf/contract.h"
#include "core/ring_member.h"
#include "registry/worker.h"

namespace buddyring {

// What does not change while the agent runs. Who and where it is, KernelPath has
// written before the map was pinned.
void begin_report(buddyring_report& page, Instant started, const AgentOptions& options);

// What changes with a reload.
void report_settings(buddyring_report& page, const AgentOptions& options);

// What does, once a wake-up.
void write_report(buddyring_report& page, Instant now, const RingMember& core,
                  const ReplaceListener::Counters& rejected, const RegistryWorker& registry);

}  // namespace buddyring
