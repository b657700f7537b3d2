// SPDX-License-Identifier: Apache-2.0
// AgentOptions: what buddyd was told, from its command line, environment and file.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/notifier.h"
#include "agent/scheduling.h"
#include "agent/service_options.h"
#include "bpf/contract.h"
#include "core/address.h"
#include "core/detector.h"
#include "kernel/attach_mode.h"
#include "loop/loop.h"
#include "posix/log.h"
#include "posix/options.h"

namespace buddyring {

struct AgentOptions {
  std::string pool;
  std::string server;
  std::optional<Address> address;       // at least one of the two is given
  std::vector<std::string> interfaces;  // at most BUDDYRING_MAX_LINKS
  std::string zone;                     // what shares its fate with others of the same name; "": unknown
  RegistryAccess registry;
  PoolKeys keys = PoolKeys::unsigned_only();
  std::string profile;
  DetectionSettings detection;
  Duration lease{};
  Loop::Waiting waiting = Loop::Waiting::sleeps;
  bool keep_stale = false;  // --on-stale keep
  ServiceOptions services;
  NotifySettings notify;
  SchedulingOptions scheduling;
  uint16_t replace_port = 0;
  buddyring_probe_way probe_way = BUDDYRING_PROBE_ICMP;
  uint16_t probe_port = 0;  // UDP
  buddyring_stamp_source stamps = BUDDYRING_STAMP_KERNEL;
  AttachMode attach = AttachMode::automatic;
  std::string pin_root;
  LogLevel log_level = LogLevel::info;
  bool check_config = false;
  bool detach = false;                       // then pool, server and pin_root are all that was read
  std::map<std::string, std::string> given;  // the texts of what was given, by name
};

// How buddies are judged by these options, as lines of a file of settings.
[[nodiscard]] std::string detection_lines(const AgentOptions& options);

// How old a contact with the registry may be for a verdict to rest on it: an interval, but
// not less than a round trip on a busy host takes.
[[nodiscard]] inline Duration fresh_contact(const DetectionSettings& detection) {
  return std::max<Duration>(detection.interval, std::chrono::milliseconds{20});
}

// Nothing when --help or --version was asked for and shown. Throws UsageError
// that names the option, its value and what is accepted.
[[nodiscard]] std::optional<AgentOptions> agent_options(const std::vector<std::string>& arguments);

}  // namespace buddyring
