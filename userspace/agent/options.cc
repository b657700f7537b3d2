// SPDX-License-Identifier: Apache-2.0
#include "agent/options.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>

#include "core/detection_profile.h"
#include "core/duration.h"
#include "core/limits.h"
#include "core/server.h"
#include "kernel/pins.h"
#include "posix/version.h"

namespace buddyring {
namespace {

constexpr uint16_t default_replace_port = 7946;
constexpr uint16_t default_probe_port = 7946;

std::string host_name() {
  std::array<char, limits::name_bytes_max + 1> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

po::options_description describe_settings() {
  po::options_description settings{"Settings", help_columns};
  const auto text = [](const char* value) { return po::value<std::string>()->value_name(value); };
  add_registry_options(settings);
  add_key_option(settings);
  add_service_options(settings);
  add_scheduling_options(settings);
  auto add = settings.add_options();
  add("pool", text("NAME")->default_value("default"), "the pool to join");
  add("server", text("NAME")->default_value(host_name(), "the host's name"), "this server's name in the pool");
  add("address", text("ADDR"), "own IPv4 or IPv6 address in the pool (the interface's first)");
  add("interface", po::value<std::vector<std::string>>()->value_name("NAME"),
      "network interface of the ring (the one that has the address); up to 4, where any may be used");
  add("zone", text("NAME"), "what fails as one with others of that name, such as a rack (none)");
  add("profile", text("NAME"), "what the next four are where they are not given: lan, fast, busy or wan (lan)");
  add("interval", text("TIME"), "time between probes, 1ms to 60s, with --spin from 50us (100ms)");
  add("misses", text("N"), "missed cycles until a buddy is dead, 2 to 100 (3)");
  add("lease", text("TIME"), "how long the kernel's answers vouch for a silent agent, 100ms to 300s (3s)");
  add("spin", po::value<bool>()->implicit_value(true, "yes")->value_name("yes|no"),
      "never sleep between two probes: takes a whole core, and meets its deadlines (what the profile says)");
  add("on-stale", text("remove|keep"), "what buddies do with this server when its lease is stale (remove)");
  add("replace-port", text("N"), "TCP port for ServerReplace (7946)");
  add("probe", text("WAY"), "how buddies are probed: icmp or udp (icmp)");
  add("probe-port", text("N"), "UDP port at which probes are answered, the same in the whole pool (7946)");
  add("attach", text("WAY"), "native or generic XDP, tc (behind another XDP program), or auto: what there is (auto)");
  add("stamps", text("SOURCE"), "what stamps arrivals: kernel, or hardware where card and driver can (kernel)");
  add("pin-root", text("DIR"), "where maps are pinned, on a bpffs (/sys/fs/bpf/buddyring)");
  add("notify", text("CMD"), "a command line for /bin/sh, run with a line of JSON for each event (none)");
  add("notify-fifo", text("PATH"), "a FIFO that gets the same lines; made where there is none (none)");
  add("log-level", text("LEVEL"), "debug, info, warn or error (info)");
  add("check-config", po::bool_switch(), "validate the settings and exit");
  add("detach", po::bool_switch(), "remove what an agent of this --pool and --server left in the kernel, and exit");
  return settings;
}

void read_network(const Options& options, AgentOptions& agent) {
  agent.interfaces = interface_names(options);
  const std::string address = options.text("address", "");
  if (!address.empty()) {
    agent.address = Address::parse(address);
    const std::string_view why = agent.address ? agent.address->why_no_server() : "is no IP address";
    if (!why.empty()) {
      throw UsageError("--address '" + address + "' is not acceptable: it " + std::string(why) +
                       "; give one by which the pool's servers reach this one, such as 10.1.0.7 or 2001:db8::7");
    }
  }
  if (!agent.address && agent.interfaces.empty()) {
    throw UsageError("--address or --interface is missing; give the one by which the pool reaches this server");
  }
  agent.replace_port = static_cast<uint16_t>(options.number("replace-port", default_replace_port, 1, 65535));
}

void read_probe(const Options& options, AgentOptions& agent) {
  agent.probe_way =
      options.one_of<buddyring_probe_way>("probe", {{"icmp", BUDDYRING_PROBE_ICMP}, {"udp", BUDDYRING_PROBE_UDP}});
  agent.probe_port = static_cast<uint16_t>(options.number("probe-port", default_probe_port, 1, 65535));
}

const DetectionProfile& profile_of(const Options& options) {
  std::vector<std::string> names;
  const std::string wanted = options.text("profile", detection_profiles.front().name);
  for (const DetectionProfile& profile : detection_profiles) {
    if (wanted == profile.name) {
      return profile;
    }
    names.emplace_back(profile.name);
  }
  Options::refuse_word("profile", wanted, names);
}

void read_detection(const Options& options, AgentOptions& agent) {
  const DetectionProfile& profile = profile_of(options);
  agent.profile = profile.name;
  const bool spins = options.on("spin", profile.spins);
  agent.waiting = spins ? Loop::Waiting::spins : Loop::Waiting::sleeps;
  // A profile that spins may be told not to: then its interval is one for who sleeps.
  const Duration shortest = spins ? Duration{limits::interval_spinning_min} : Duration{limits::interval_min};
  agent.detection.interval =
      options.duration("interval", std::max(profile.interval, shortest), shortest, limits::interval_max);
  agent.detection.misses =
      static_cast<unsigned>(options.number("misses", profile.misses, limits::misses_min, limits::misses_max));
  agent.lease = options.duration("lease", profile.lease, limits::lease_min, limits::lease_max);
  if (agent.lease < 2 * agent.detection.interval) {
    throw UsageError("--lease '" + format_duration(agent.lease) +
                     "' is not acceptable; give at least twice the --interval, " +
                     format_duration(2 * agent.detection.interval));
  }
  agent.keep_stale = options.one_of<bool>("on-stale", {{"remove", false}, {"keep", true}});
}

void read_attachment(const Options& options, AgentOptions& agent) {
  agent.stamps = options.one_of<buddyring_stamp_source>(
      "stamps", {{"kernel", BUDDYRING_STAMP_KERNEL}, {"hardware", BUDDYRING_STAMP_HARDWARE}});
  agent.attach = options.one_of<AttachMode>("attach", {{"auto", AttachMode::automatic},
                                                       {"native", AttachMode::native},
                                                       {"generic", AttachMode::generic},
                                                       {"tc", AttachMode::tc}});
}

void show_help(const po::options_description& settings) {
  std::cout << "Usage: buddyd --registry URL (--address ADDR | --interface NAME) [OPTION]...\n\n"
               "Joins the pool's ring, watches its two buddies and is watched by them.\n"
               "Leaves the ring on SIGTERM or SIGINT; on SIGHUP reads its settings anew and says what\n"
               "changed and what needs a restart; on SIGUSR2 ends without leaving, for the next\n"
               "buddyd to go on within --lease. Exit status: 0 left in order or handed over, 1 could\n"
               "not start or not leave in order, 2 wrong usage.\n\n"
            << settings << "\n"
            << common_options();
}

}  // namespace

std::string detection_lines(const AgentOptions& options) {
  return "profile = " + options.profile + "\ninterval = " + format_duration(options.detection.interval) +
         "\nmisses = " + std::to_string(options.detection.misses) + "\nlease = " + format_duration(options.lease) +
         "\nspin = " + (options.waiting == Loop::Waiting::spins ? "yes" : "no") + "\n";
}

std::optional<AgentOptions> agent_options(const std::vector<std::string>& arguments) {
  const po::options_description settings = describe_settings();
  const Options options = parse_options("buddyd", settings, arguments, false);
  if (options.on("help")) {
    show_help(settings);
    return std::nullopt;
  }
  if (options.on("version")) {
    // The package's upgrade asks which layout this is, before it has a running agent hand over.
    std::cout << "buddyd " << version() << "\nPins its maps in layout " << BUDDYRING_PIN_DIRECTORY << ".\n";
    return std::nullopt;
  }
  AgentOptions agent;
  agent.pool = required_name(options, "pool");
  agent.server = required_name(options, "server");
  agent.pin_root = options.given("pin-root") ? options.required("pin-root") : pins::default_root;
  agent.detach = options.on("detach");
  if (agent.detach) {
    return agent;
  }
  read_network(options, agent);
  read_probe(options, agent);
  read_detection(options, agent);
  agent.services = service_options(options);
  read_attachment(options, agent);
  agent.scheduling = scheduling_options(options, agent.waiting == Loop::Waiting::spins);
  agent.services.child_cpus = agent.scheduling.child_cpus;
  agent.notify = {.command = options.text("notify", ""),
                  .fifo = options.text("notify-fifo", ""),
                  .child_cpus = agent.scheduling.child_cpus};
  agent.zone = optional_name(options, "zone");
  agent.registry = registry_access(options);
  agent.keys = pool_keys(options);
  agent.log_level = log_level(options);
  agent.check_config = options.on("check-config");
  agent.given = options.all_given();
  return agent;
}

}  // namespace buddyring
