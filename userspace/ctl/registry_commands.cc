// SPDX-License-Identifier: Apache-2.0
// Commands about the server table itself.
#include "ctl/command.h"
#include "registry/installer.h"

namespace buddyring {

ExitStatus install_schema(const Context& context) {
  RegistryClient registry = context.registry();
  const InstallReport report = value_or_fail(install(registry));
  std::string text = "the server table has version " + std::to_string(report.version);
  if (report.version_before == 0) {
    text += ", newly created";
  } else if (report.version_before != report.version) {
    text += ", upgraded from " + std::to_string(report.version_before);
  } else {
    text += " as before";
  }
  text += "; " + std::to_string(report.procedures) + " procedures installed\n";
  context.print(
      {{"version_before", report.version_before}, {"version", report.version}, {"procedures", report.procedures}},
      text);
  return ExitStatus::ok;
}

ExitStatus show_schema_version(const Context& context) {
  RegistryClient registry = context.registry();
  const uint32_t installed = value_or_fail(registry.schema_version());
  if (installed == 0) {
    throw Failure(ExitStatus::not_found, "the database holds no server table; run: buddyctl registry install");
  }
  std::string text = "the server table has version " + std::to_string(installed);
  if (installed < registry_schema_version) {
    text += ", this program needs " + std::to_string(registry_schema_version) + "; run: buddyctl registry install";
  } else if (installed > registry_schema_version) {
    text += ", this program knows up to " + std::to_string(registry_schema_version) + "; use the later release";
  }
  context.print({{"version", installed}, {"needed", registry_schema_version}}, text + "\n");
  return installed == registry_schema_version ? ExitStatus::ok : ExitStatus::failure;
}

}  // namespace buddyring
