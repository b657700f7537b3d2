// SPDX-License-Identifier: Apache-2.0
// Commands about the server table itself.
#include <array>

#include "ctl/command.h"
#include "ctl/progress.h"
#include "posix/password.h"
#include "registry/accounts.h"
#include "registry/installer.h"

namespace buddyring {
namespace {

constexpr std::array<std::pair<Duty, const char*>, 3> duty_options{
    {{Duty::agent, "agent"}, {Duty::router, "router"}, {Duty::operators, "operator"}}};

// --agent-account and --agent-account-password-file, and so for the other duties.
std::vector<Account> wanted_accounts(const Options& options) {
  std::vector<Account> accounts;
  for (const auto& [duty, name] : duty_options) {
    const std::string option = std::string(name) + "-account";
    const std::string file_option = option + "-password-file";
    if (options.given(option.c_str())) {
      Account account{.duty = duty, .name = required_name(options, option.c_str()), .password = {}};
      if (options.given(file_option.c_str())) {
        account.password = read_password_file(options.text(file_option.c_str(), ""));
      }
      accounts.push_back(std::move(account));
    } else if (options.given(file_option.c_str())) {
      throw UsageError(std::string("--").append(file_option).append(" is of no use without --").append(option) +
                       "; give both");
    }
  }
  return accounts;
}

}  // namespace

ExitStatus install_schema(const Context& context) {
  // Read first: a bad file must not be found out half way.
  const std::vector<Account> accounts = wanted_accounts(context.options);
  const RegistryAccess access = registry_access(context.options);
  RegistryClient registry = context.registry();
  const InstallReport report = value_or_fail(waiting_for("registry install", [&] { return install(registry); }));
  const size_t granted = value_or_fail(waiting_for(
      "accounts", [&] { return grant_accounts(registry.url(), access.password, access.tls_ca, accounts); }));
  std::string text = "the server table has version " + std::to_string(report.version);
  if (report.version_before == 0) {
    text += ", newly created";
  } else if (report.version_before != report.version) {
    text += ", upgraded from " + std::to_string(report.version_before);
  } else {
    text += " as before";
  }
  text += "; " + std::to_string(report.procedures) + " procedures installed, " + std::to_string(granted) +
          (granted == 1 ? " account may" : " accounts may") + " call them\n";
  context.print({{"version_before", report.version_before},
                 {"version", report.version},
                 {"procedures", report.procedures},
                 {"accounts", granted}},
                text);
  return ExitStatus::ok;
}

ExitStatus show_schema_version(const Context& context) {
  RegistryClient registry = context.registry();
  const uint32_t installed = value_or_fail(waiting_for("registry version", [&] { return registry.schema_version(); }));
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
