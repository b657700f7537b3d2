// SPDX-License-Identifier: Apache-2.0
#include "ctl/doctor_findings.h"

#include <linux/capability.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace buddyring {
namespace {

using KernelVersion = std::pair<unsigned, unsigned>;  // compared from the left
constexpr KernelVersion oldest_kernel{6, 1};

// Our XDP program, as the kernel shows its name: cut to 15 letters.
constexpr const char* own_program = "buddyring_xdp";

// Above these a driver refuses native XDP to a program that, as ours, takes a
// frame in one piece: on pages of 4 KiB. The last holds for the rest.
struct MtuLimit {
  const char* driver;
  unsigned mtu;
};
constexpr std::array mtu_limits{MtuLimit{"veth", 3506}, MtuLimit{"ena", 3498}, MtuLimit{"", 3046}};

constexpr std::array good_clocks{"tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter"};

// Interfaces that stand on others, on which no driver runs XDP natively.
constexpr std::array upper_drivers{"802.1Q VLAN Support", "bonding", "bridge", "team", "macvlan", "ipvlan"};

struct NeededCapability {
  unsigned number;
  const char* name;
  bool admin_includes_it;  // CAP_SYS_ADMIN does
};
constexpr std::array needed_capabilities{
    NeededCapability{CAP_BPF, "CAP_BPF", true}, NeededCapability{CAP_NET_ADMIN, "CAP_NET_ADMIN", false},
    NeededCapability{CAP_NET_RAW, "CAP_NET_RAW", false}, NeededCapability{CAP_PERFMON, "CAP_PERFMON", true}};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

std::optional<KernelVersion> parse_release(const std::string& release) {
  KernelVersion version;
  const char* end = release.data() + release.size();
  const auto major = std::from_chars(release.data(), end, version.first);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') {
    return std::nullopt;
  }
  const auto minor = std::from_chars(major.ptr + 1, end, version.second);
  return minor.ec == std::errc{} ? std::optional(version) : std::nullopt;
}

std::string driver_text(const Card& card) { return card.driver.empty() ? "no driver" : "driver " + card.driver; }

const char* mode_text(XdpMode mode) {
  switch (mode) {
    case XdpMode::native:
      return "native";
    case XdpMode::generic:
      return "generic";
    case XdpMode::offloaded:
      return "offloaded";
    case XdpMode::none:
      break;
  }
  return "no";
}

// What a driver does with a program that is to run in it.
enum class Native { takes, takes_but_is_deaf, refuses, unknown };

Native native_of(const Card& card) {
  if (std::ranges::find(upper_drivers, card.driver) != upper_drivers.end()) {
    return Native::refuses;
  }
  if (!card.xdp_features) {
    return card.driver.empty() ? Native::refuses : Native::unknown;
  }
  if ((*card.xdp_features & xdp_feature::basic) == 0) {
    return Native::refuses;
  }
  // The kernel says so of a veth as soon as the other end takes such frames.
  const bool deaf = card.driver == "veth" && (*card.xdp_features & xdp_feature::ndo_xmit) == 0;
  return deaf ? Native::takes_but_is_deaf : Native::takes;
}

// The limit of a driver of that name; that of the rest when none is known by it.
const MtuLimit& mtu_limit_of(const std::string& driver) {
  const auto* const others = mtu_limits.end() - 1;
  return *std::find_if(mtu_limits.begin(), others, [&](const MtuLimit& one) { return driver == one.driver; });
}

std::string occupant_text(const XdpOccupant& occupant) {
  const std::string name = occupant.program.empty() ? "a program" : "program " + occupant.program;
  return name + " (id " + std::to_string(occupant.id) + "), " + mode_text(occupant.mode) + " mode";
}

Finding refused_by_filter(const std::string& interface, const std::string& side, const std::string& filter) {
  return {Health::fail, "none: our place at the " + side + " of " + interface + " is taken by " + filter,
          "remove it with `tc filter del dev " + interface + " " + side + " pref 1`"};
}

}  // namespace

const char* describe(Health health) {
  constexpr std::array<const char*, 4> names{"ok", "warn", "fail", "skipped"};
  return names.at(static_cast<size_t>(health));
}

Finding failed_with(const std::string& message) {
  const size_t end = message.rfind("; ");
  if (end == std::string::npos) {
    return {Health::fail, message, ""};
  }
  return {Health::fail, message.substr(0, end), message.substr(end + 2)};
}

Finding judge_kernel(const std::string& release) {
  const auto version = parse_release(release);
  if (!version) {
    return {Health::warn, "release '" + release + "' is not understood", "see that it is Linux 6.1 or later"};
  }
  if (*version < oldest_kernel) {
    return {Health::fail, "Linux " + release, "run Linux 6.1 or later"};
  }
  return {Health::ok, "Linux " + release, ""};
}

Finding judge_features(const Result<std::vector<std::string>>& missing) {
  if (!missing.ok()) {
    return {Health::warn, missing.error().message, "ask again as root or with CAP_BPF and CAP_NET_ADMIN"};
  }
  if (!missing.value().empty()) {
    return {Health::fail, "missing: " + joined(missing.value()), "run a kernel from 6.1 on with CONFIG_BPF_SYSCALL"};
  }
  return {Health::ok, "program types, map types and helpers are there", ""};
}

Finding judge_capabilities(const HeldCapabilities& held) {
  std::vector<std::string> missing;
  std::vector<std::string> there;
  for (const NeededCapability& needed : needed_capabilities) {
    const bool has = held.has(needed.number) || (needed.admin_includes_it && held.has(CAP_SYS_ADMIN));
    (has ? there : missing).emplace_back(needed.name);
  }
  if (!missing.empty()) {
    return {Health::fail, "this process lacks " + joined(missing), "run as root or grant them"};
  }
  return {Health::ok, joined(there), ""};
}

Finding judge_clock(const std::string& source) {
  if (source.empty()) {
    return {Health::warn, "the clock source cannot be read", "mount sysfs at /sys"};
  }
  if (std::find(good_clocks.begin(), good_clocks.end(), source) == good_clocks.end()) {
    return {Health::warn, "clock source " + source + ", which may be slow to read or coarse",
            "choose tsc or kvm-clock where it is offered in /sys/devices/system/clocksource/clocksource0"};
  }
  return {Health::ok, "clock source " + source, ""};
}

Finding judge_interface(const Interface& interface) {
  const size_t count = interface.addresses.size();
  if (!interface.up) {
    return {Health::fail, interface.name + " is switched off", "run `ip link set dev " + interface.name + " up`"};
  }
  if (!interface.carrier) {
    return {Health::fail, interface.name + " has no carrier", "see to its cable, or to the other end of it"};
  }
  return {Health::ok,
          interface.name + " is up, with " + std::to_string(count) + (count == 1 ? " address" : " addresses"), ""};
}

Finding judge_xdp_mode(const std::string& interface, const Card& card) {
  const Native native = native_of(card);
  if (std::ranges::find(upper_drivers, card.driver) != upper_drivers.end()) {
    return {Health::warn, driver_text(card) + ": XDP in generic mode only",
            "give buddyd the interface below " + interface};
  }
  if (native == Native::unknown) {
    return {Health::warn, driver_text(card) + ", and the kernel does not tell what that can do (it does from 6.3 on)",
            "see xdp_mode in `buddyctl status` once buddyd runs: it asks for native mode first"};
  }
  if (native == Native::refuses) {
    return {Health::warn, driver_text(card) + ": XDP in generic mode only, slower than native",
            "none is needed; a driver with XDP answers faster"};
  }
  if (native == Native::takes_but_is_deaf) {
    return {Health::warn, "driver veth: native mode, but answers vanish as long as the other end runs no XDP program",
            "attach an XDP program, which may pass everything, to the other end of " + interface};
  }
  return {Health::ok, driver_text(card) + ": native mode", ""};
}

Finding judge_xdp_slot(const std::string& interface, const XdpOccupant& occupant) {
  if (occupant.mode == XdpMode::none) {
    return {Health::ok, "free", ""};
  }
  const std::string who = occupant_text(occupant);
  if (occupant.program == own_program) {
    return {Health::ok, "buddyd's own " + who, ""};
  }
  return {Health::warn, "taken by " + who + ": it sees our frames first, and must pass them on",
          "see to it that it does; or stop what attached it or run `ip link set dev " + interface + " xdp off`"};
}

Finding judge_attach_auto(const Interface& interface, const Card& card, const Occupants& occupants) {
  const std::string& name = interface.name;
  if (!occupants.egress.empty()) {
    return refused_by_filter(name, "egress", occupants.egress);
  }
  if (occupants.xdp.mode != XdpMode::none && occupants.xdp.program == own_program) {
    return {Health::ok, mode_text(occupants.xdp.mode) + std::string(": as buddyd's program has it now"), ""};
  }
  if (occupants.xdp.mode != XdpMode::none) {
    if (!occupants.ingress.empty()) {
      return refused_by_filter(name, "ingress", occupants.ingress);
    }
    return {Health::warn, "tc: the XDP slot is taken by " + occupant_text(occupants.xdp) + ", and stays so",
            "none is needed if that passes our frames on; without it, buddyd has the slot"};
  }
  const MtuLimit& limit = mtu_limit_of(card.driver);
  switch (native_of(card)) {
    case Native::refuses:
      return {Health::warn, "generic: " + driver_text(card) + " has no XDP that " + name + " could run",
              "none is needed; a driver with XDP answers faster"};
    case Native::unknown:
      return {Health::warn, "native, or generic where driver " + card.driver + " refuses it",
              "see xdp_mode in `buddyctl status` once buddyd runs"};
    case Native::takes_but_is_deaf:
      return {Health::warn, "native: nobody would hear this server, so that it would not start",
              "give buddyd --attach generic, or attach an XDP program to the other end of " + name};
    case Native::takes:
      break;
  }
  if (interface.mtu > limit.mtu && card.driver == limit.driver) {
    return {Health::warn,
            "generic: driver " + card.driver + " refuses native above an MTU of " + std::to_string(limit.mtu),
            "none is needed; a smaller MTU makes it native"};
  }
  return {Health::ok, "native: driver " + card.driver + " runs it", ""};
}

Finding judge_mtu(const Interface& interface, const std::string& driver) {
  const std::string found = "MTU " + std::to_string(interface.mtu);
  if (driver.empty()) {
    return {Health::ok, found + ", which generic mode takes", ""};
  }
  const MtuLimit& limit = mtu_limit_of(driver);
  if (interface.mtu > limit.mtu) {
    return {Health::warn,
            found + ": " + (driver == limit.driver ? "driver " + driver + " refuses" : "many drivers refuse") +
                " native XDP above " + std::to_string(limit.mtu),
            "run `ip link set dev " + interface.name + " mtu " + std::to_string(limit.mtu) +
                "`, or live with generic mode"};
  }
  return {Health::ok, found, ""};
}

Finding judge_lro(const std::string& interface, const Card& card) {
  if (card.lro) {
    return {Health::fail, "on: received segments are put together, which XDP does not take",
            "run `ethtool -K " + interface + " lro off`"};
  }
  return {Health::ok, "off", ""};
}

Finding judge_vlan_offload(const std::string& interface, const Card& card) {
  if (card.vlan_offload) {
    return {Health::warn, "on: tags are taken out of frames before XDP sees them",
            "where tagged frames reach " + interface + ", run `ethtool -K " + interface + " rxvlan off`"};
  }
  return {Health::ok, "off", ""};
}

Finding judge_rights(const std::vector<std::string>& forbidden) {
  if (forbidden.empty()) {
    return {Health::ok, "may call every procedure that is needed", ""};
  }
  return {Health::fail, "may not call " + joined(forbidden),
          "grant EXECUTE on the database to this account, or run: buddyctl registry install"};
}

}  // namespace buddyring
