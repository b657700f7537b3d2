// SPDX-License-Identifier: Apache-2.0
// `buddyctl doctor`: looks at what buddyd needs of a host, an interface and a
// registry, and says what to do about the rest.
//
// Theory of operation. A table of checks, each a function that asks an adapter
// and has the answer judged by doctor_findings.h. A check does not depend on
// another's result; what it needs and was not given makes it skipped. Nothing
// is attached, sent on the interface or changed: the programs are loaded and
// dropped again.
#include <array>
#include <fstream>

#include "ctl/command.h"
#include "ctl/doctor_findings.h"
#include "ctl/progress.h"
#include "ctl/table.h"
#include "kernel/filter_attachment.h"
#include "kernel/link_address.h"
#include "kernel/pins.h"
#include "loop/loop.h"
#include "registry/rights.h"

namespace buddyring {
namespace {

constexpr const char* clock_source_file = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
constexpr const char* io_uring_sysctl = "/proc/sys/kernel/io_uring_disabled";
constexpr unsigned trial_entries = 8;

enum class Needs { nothing, interface, registry };

struct Patient {
  const Context& context;
  std::string interface_name = "";  // for a check that needs one

  // Throw Failure.
  [[nodiscard]] Interface interface() const { return value_or_fail(find_by_name(interface_name)); }
  [[nodiscard]] Card card() const {
    const Interface found = interface();
    return value_or_fail(look_at_card(found.name, found.ifindex));
  }
};

struct Check {
  const char* name;
  Needs needs;
  Finding (*run)(const Patient&);
};

// "" when there is no such file.
std::string first_word_of(const char* path) {
  std::ifstream file{path};
  std::string word;
  file >> word;
  return word;
}

Finding check_kernel(const Patient&) { return judge_kernel(kernel_release()); }

Finding check_btf(const Patient&) {
  if (kernel_has_types()) {
    return {Health::ok, "the kernel tells its types", ""};
  }
  return {Health::warn, "/sys/kernel/btf/vmlinux is not there: a killed agent is vouched for until its lease runs out",
          "run a kernel with CONFIG_DEBUG_INFO_BTF, or mount /sys"};
}

Finding check_bpf(const Patient&) { return judge_features(missing_bpf_features()); }

Finding check_programs(const Patient&) {
  const Status loaded = try_loading_programs();
  return loaded.ok() ? Finding{Health::ok, "the kernel takes buddyd's programs and maps", ""}
                     : failed_with(loaded.error().message);
}

Finding check_bpffs(const Patient& patient) {
  const std::string pin_root = patient.context.options.text("pin-root", pins::default_root);
  if (value_or_fail(is_on_bpffs(pin_root))) {
    return {Health::ok, pin_root + " is on a bpffs", ""};
  }
  return {Health::fail, "no bpffs is mounted for " + pin_root,
          "run `mount -t bpf bpf " + pin_root.substr(0, pin_root.rfind('/')) + "`"};
}

Finding check_io_uring(const Patient&) {
  const Loop trial(trial_entries);
  const std::string disabled = first_word_of(io_uring_sysctl);
  if (disabled == "1") {
    return {Health::warn, "usable by this process, but sysctl kernel.io_uring_disabled is 1: not by every user",
            "run buddyd with CAP_SYS_ADMIN or in the group of sysctl kernel.io_uring_group, or set it to 0"};
  }
  return {Health::ok, "usable", ""};
}

Finding check_capabilities(const Patient&) { return judge_capabilities(HeldCapabilities::now()); }

Finding check_clock(const Patient&) { return judge_clock(first_word_of(clock_source_file)); }

Finding check_interface(const Patient& patient) { return judge_interface(patient.interface()); }

Finding check_xdp_mode(const Patient& patient) { return judge_xdp_mode(patient.interface_name, patient.card()); }

Finding check_attach_auto(const Patient& patient) {
  const Interface interface = patient.interface();
  static_cast<void>(value_or_fail(link_address_of(interface.ifindex)));
  const auto stranger = [&](TrafficSide side) { return FilterAttachment::stranger_on(side, interface.ifindex); };
  return judge_attach_auto(interface, patient.card(),
                           {.xdp = value_or_fail(xdp_occupant(interface.ifindex)),
                            .ingress = stranger(TrafficSide::ingress),
                            .egress = stranger(TrafficSide::egress)});
}

Finding check_xdp_slot(const Patient& patient) {
  const Interface interface = patient.interface();
  return judge_xdp_slot(interface.name, value_or_fail(xdp_occupant(interface.ifindex)));
}

Finding check_mtu(const Patient& patient) { return judge_mtu(patient.interface(), patient.card().driver); }

Finding check_lro(const Patient& patient) { return judge_lro(patient.interface_name, patient.card()); }

Finding check_vlan_offload(const Patient& patient) {
  return judge_vlan_offload(patient.interface_name, patient.card());
}

Finding check_registry(const Patient& patient) {
  RegistryClient registry = patient.context.registry();
  const Status connected = registry.connect();
  if (!connected.ok()) {
    return failed_with(connected.error().message);
  }
  return {Health::ok, "reached, schema version " + std::to_string(registry_schema_version), ""};
}

Finding check_rights(const Patient& patient) {
  const RegistryAccess access = registry_access(patient.context.options);
  RegistryClient registry = patient.context.registry();
  static_cast<void>(registry.connect());  // to the endpoint that is asked for its rights; it says itself if it is away
  return judge_rights(value_or_fail(forbidden_procedures(registry.url(), access.password, access.tls_ca)));
}

constexpr std::array checks{
    Check{"kernel", Needs::nothing, &check_kernel},
    Check{"btf", Needs::nothing, &check_btf},
    Check{"bpf_features", Needs::nothing, &check_bpf},
    Check{"bpf_programs", Needs::nothing, &check_programs},
    Check{"bpffs", Needs::nothing, &check_bpffs},
    Check{"io_uring", Needs::nothing, &check_io_uring},
    Check{"capabilities", Needs::nothing, &check_capabilities},
    Check{"clock", Needs::nothing, &check_clock},
    Check{"interface", Needs::interface, &check_interface},
    Check{"xdp_mode", Needs::interface, &check_xdp_mode},
    Check{"xdp_slot", Needs::interface, &check_xdp_slot},
    Check{"attach_auto", Needs::interface, &check_attach_auto},
    Check{"mtu", Needs::interface, &check_mtu},
    Check{"lro", Needs::interface, &check_lro},
    Check{"vlan_offload", Needs::interface, &check_vlan_offload},
    Check{"registry", Needs::registry, &check_registry},
    Check{"registry_rights", Needs::registry, &check_rights},
};

// What a check could not do is what it found.
Finding run_check(const Check& check, const Patient& patient) {
  const char* option = check.needs == Needs::interface ? "interface" : "registry";
  if (check.needs != Needs::nothing && !patient.context.options.given(option)) {
    return {Health::skipped, "", std::string{"give --"} + option};
  }
  try {
    return check.run(patient);
  } catch (const UsageError&) {
    throw;
  } catch (const StartupError& error) {
    return failed_with(error.what());
  } catch (const Failure& failure) {
    return failed_with(failure.what());
  }
}

Finding examine(const Check& check, const Patient& patient) {
  return waiting_for(check.name, [&] { return run_check(check, patient); });
}

// What was found, as rows of a table and as a document.
struct Report {
  bool healthy = true;
  Json checks = Json::array();
  std::vector<std::vector<std::string>> rows;

  void add(const Check& check, const Finding& finding, const std::string& interface, bool several) {
    healthy = healthy && finding.health != Health::fail;
    checks.push_back({{"name", check.name},
                      {"interface", text_or_null(interface)},
                      {"health", describe(finding.health)},
                      {"found", text_or_null(finding.found)},
                      {"cure", text_or_null(finding.cure)}});
    rows.push_back({describe(finding.health), check.name + (several ? " of " + interface : ""),
                    finding.found + (finding.found.empty() || finding.cure.empty() ? "" : "; ") + finding.cure});
  }
};

}  // namespace

ExitStatus examine_host(const Context& context) {
  const std::vector<std::string> interfaces = interface_names(context.options);
  Report report;
  for (const Check& check : checks) {
    if (check.needs != Needs::interface || interfaces.empty()) {
      report.add(check, examine(check, {.context = context}), "", false);
      continue;
    }
    for (const std::string& interface : interfaces) {
      const Patient patient{.context = context, .interface_name = interface};
      report.add(check, examine(check, patient), interface, interfaces.size() > 1);
    }
  }
  context.print({{"healthy", report.healthy}, {"checks", report.checks}}, format_table(report.rows));
  return report.healthy ? ExitStatus::ok : ExitStatus::failure;
}

}  // namespace buddyring
