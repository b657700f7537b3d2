// SPDX-License-Identifier: Apache-2.0
#include "posix/options.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

#include "bpf/contract.h"
#include "core/duration.h"
#include "core/limits.h"
#include "core/nearest_word.h"
#include "core/server.h"
#include "posix/password.h"

namespace buddyring {
namespace {

constexpr const char* words_name = "words";
constexpr const char* config_name = "config";

// Between the forms of a name: key-file is KEY_FILE in the environment.
std::string in_capitals(std::string name) {
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(c == '-' ? '_' : std::toupper(c)); });
  return name;
}
std::string in_small_letters(std::string name) {
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(c == '_' ? '-' : std::tolower(c)); });
  return name;
}

std::vector<std::string> long_names(const po::options_description& options) {
  std::vector<std::string> names;
  for (const auto& option : options.options()) {
    if (option->long_name() != words_name) {
      names.push_back(option->long_name());
    }
  }
  return names;
}

[[noreturn]] void refuse_unknown(const std::string& what, const std::string& dashes, const std::string& key,
                                 const po::options_description& accepted) {
  const std::string nearest = nearest_word(key, long_names(accepted));
  throw UsageError("unknown " + what +
                   (nearest.empty() ? "; --help lists the accepted ones" : "; the nearest is " + dashes + nearest));
}

void read_command_line(const po::options_description& accepted, const std::vector<std::string>& arguments,
                       po::variables_map& values) {
  po::positional_options_description positions;
  positions.add(words_name, -1);
  const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  const po::parsed_options parsed = po::command_line_parser(arguments)
                                        .options(accepted)
                                        .positional(positions)
                                        .style(style)
                                        .allow_unregistered()
                                        .run();
  for (const po::option& option : parsed.options) {
    if (option.unregistered) {
      const std::string& token = option.original_tokens.front();
      const std::string dashed = token.substr(0, token.find('='));
      refuse_unknown("option " + dashed, "--", dashed.substr(std::min(dashed.find_first_not_of('-'), dashed.size())),
                     accepted);
    }
  }
  po::store(parsed, values);
}

// What the variables of `program` begin with: BUDDYD_.
std::string variable_prefix(const std::string& program) { return in_capitals(program) + "_"; }

void read_environment(const std::string& program, const po::options_description& settings, po::variables_map& values) {
  po::options_description accepted;
  accepted.add(settings).add_options()(config_name, po::value<std::string>());
  const std::string prefix = variable_prefix(program);
  const auto option_name = [&](const std::string& variable) {
    if (!variable.starts_with(prefix)) {
      return std::string{};
    }
    std::string name = in_small_letters(variable.substr(prefix.size()));
    if (accepted.find_nothrow(name, false) == nullptr) {
      const std::string nearest = nearest_word(name, long_names(accepted));
      throw UsageError(
          "unknown variable " + variable + " in the environment; " +
          (nearest.empty() ? "--help lists what there is" : "the nearest is " + prefix + in_capitals(nearest)));
    }
    return name;
  };
  try {
    po::store(po::parse_environment(accepted, option_name), values);
  } catch (const po::error& error) {
    throw UsageError("read the environment's " + prefix + "*: " + error.what() + "; see --help");
  }
}

void read_file(const po::options_description& settings, const std::string& path, po::variables_map& values) {
  std::ifstream file{path};
  if (!file) {
    throw UsageError("read --config " + path + ": " + std::strerror(errno) + "; give a file that this user may read");
  }
  try {
    const po::parsed_options parsed = po::parse_config_file(file, settings, true);
    if (file.bad()) {
      throw UsageError("read --config " + path + ": it cannot be read; give a file");
    }
    for (const po::option& option : parsed.options) {
      if (option.unregistered) {
        refuse_unknown("key " + option.string_key + " in " + path, "", option.string_key, settings);
      }
    }
    po::store(parsed, values);
  } catch (const po::error& error) {
    throw UsageError("read --config " + path + ": " + error.what() + "; lines are `key = value`");
  }
}

[[noreturn]] void refuse_value(const char* name, const std::string& given, const std::string& accepted) {
  throw UsageError(std::string{"--"} + name + " '" + given + "' is not acceptable; give " + accepted);
}

}  // namespace

bool Options::given(const char* name) const { return values.count(name) != 0; }

std::map<std::string, std::string> Options::all_given() const {
  std::map<std::string, std::string> texts;
  for (const auto& [name, value] : values) {
    if (value.empty() || value.defaulted()) {
      continue;
    }
    if (const auto* const text = boost::any_cast<std::string>(&value.value())) {
      texts[name] = *text;
    } else if (const auto* const list = boost::any_cast<std::vector<std::string>>(&value.value())) {
      for (const std::string& each : *list) {
        texts[name] += each + "\n";
      }
    }
  }
  return texts;
}

bool Options::on(const char* name, bool otherwise) const { return given(name) ? values[name].as<bool>() : otherwise; }

std::string Options::text(const char* name, const std::string& otherwise) const {
  return given(name) ? values[name].as<std::string>() : otherwise;
}

std::string Options::required(const char* name) const {
  std::string value = text(name, "");
  if (value.empty()) {
    throw UsageError(std::string{"--"} + name +
                     " is missing; give it on the command line, in the environment or in the --config file");
  }
  return value;
}

Duration Options::duration(const char* name, Duration otherwise, Duration min, Duration max) const {
  if (!given(name)) {
    return otherwise;
  }
  const Result<Duration> parsed = parse_duration(text(name, ""));
  if (!parsed.ok()) {
    throw UsageError(std::string{"--"} + name + ": " + parsed.error().message);
  }
  if (parsed.value() < min || parsed.value() > max) {
    refuse_value(name, text(name, ""), "a duration from " + format_duration(min) + " to " + format_duration(max));
  }
  return parsed.value();
}

Duration Options::required_duration(const char* name, Duration min, Duration max) const {
  static_cast<void>(required(name));
  return duration(name, min, min, max);
}

uint64_t Options::number(const char* name, uint64_t otherwise, uint64_t min, uint64_t max,
                         const std::string& besides) const {
  if (!given(name)) {
    return otherwise;
  }
  const std::string digits = text(name, "");
  uint64_t value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (problem != std::errc{} || end != digits.data() + digits.size() || value < min || value > max) {
    refuse_value(name, digits,
                 "a number from " + std::to_string(min) + " to " + std::to_string(max) +
                     (besides.empty() ? "" : ", or " + besides));
  }
  return value;
}

void Options::refuse_word(const char* name, const std::string& word, const std::vector<std::string>& accepted) {
  std::string list = accepted.front();
  for (size_t i = 1; i < accepted.size(); ++i) {
    list += (i + 1 == accepted.size() ? " or " : ", ") + accepted[i];
  }
  const std::string nearest = nearest_word(word, accepted);
  refuse_value(name, word, list + (nearest.empty() ? "" : "; the nearest is " + nearest));
}

po::options_description common_options() {
  po::options_description common{"Common options", help_columns};
  auto add = common.add_options();
  add(config_name, po::value<std::string>()->value_name("FILE"), "read settings from FILE, lines of `key = value`");
  add("help", po::bool_switch(), "show this and exit");
  add("version", po::bool_switch(), "show the version and exit");
  return common;
}

Options parse_options(const std::string& program, const po::options_description& settings,
                      const std::vector<std::string>& arguments, bool takes_words) {
  po::options_description accepted;
  accepted.add(settings).add(common_options());
  accepted.add_options()(words_name, po::value<std::vector<std::string>>());
  Options options;
  try {
    read_command_line(accepted, arguments, options.values);
    if (options.given(words_name)) {
      options.words = options.values[words_name].as<std::vector<std::string>>();
    }
    if (!takes_words && !options.words.empty()) {
      throw UsageError("unexpected '" + options.words.front() + "'; options begin with --, see --help");
    }
    read_environment(program, settings, options.values);
    if (options.given(config_name)) {
      read_file(settings, options.text(config_name, ""), options.values);
    }
    po::notify(options.values);
  } catch (const po::error& error) {
    throw UsageError(std::string{error.what()} + "; see --help");
  }
  return options;
}

void add_registry_options(po::options_description& settings) {
  auto add = settings.add_options();
  add("registry", po::value<std::string>()->value_name("URL"),
      "mysql://USER@HOST:PORT[,HOST:PORT...]/DATABASE, the server table");
  add("registry-password-file", po::value<std::string>()->value_name("FILE"),
      "file with the password for it; without, none is sent");
  add("registry-password-credential", po::value<std::string>()->value_name("NAME"),
      "the same, from the credential of this name that systemd gave the service");
  add("registry-tls-ca", po::value<std::string>()->value_name("FILE"),
      "speak TLS alone, with a server for whose certificate one in this file vouches");
}

RegistryAccess registry_access(const Options& options) {
  Result<std::vector<RegistryUrl>> urls = parse_registry_urls(options.required("registry"));
  if (!urls.ok()) {
    throw UsageError("--registry: " + urls.error().message);
  }
  RegistryAccess access{std::move(urls.value()), ""};
  if (options.given("registry-password-file") && options.given("registry-password-credential")) {
    throw UsageError("--registry-password-file and --registry-password-credential exclude each other; give one");
  }
  if (options.given("registry-password-file")) {
    access.password = read_password_file(options.text("registry-password-file", ""));
  } else if (options.given("registry-password-credential")) {
    access.password = read_password_file(credential_path(required_name(options, "registry-password-credential")));
  }
  access.tls_ca = options.text("registry-tls-ca", "");
  if (options.given("registry-tls-ca") && !std::ifstream{access.tls_ca}) {
    throw StartupError("read --registry-tls-ca '" + access.tls_ca + "': " + std::strerror(errno) +
                       "; give a file with the certificate of the authority, in PEM form");
  }
  return access;
}

void add_key_option(po::options_description& settings) {
  settings.add_options()("key-file", po::value<std::string>()->value_name("FILE"),
                         "file with the pool's keys, by which servers know each other's messages and probes");
}

PoolKeys pool_keys(const Options& options) {
  return options.given("key-file") ? PoolKeys::read(options.text("key-file", "")) : PoolKeys::unsigned_only();
}

std::vector<std::string> interface_names(const Options& options) {
  if (!options.given("interface")) {
    return {};
  }
  const auto names = options.values["interface"].as<std::vector<std::string>>();
  if (names.size() > BUDDYRING_MAX_LINKS) {
    throw UsageError("--interface was given " + std::to_string(names.size()) + " times; give at most " +
                     std::to_string(BUDDYRING_MAX_LINKS));
  }
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (name->empty() && names.size() > 1) {
      throw UsageError("--interface '' is not acceptable; give the name of an interface, such as eth0");
    }
    if (std::find(names.begin(), name, *name) != name) {
      throw UsageError("--interface '" + *name + "' was given twice; give each interface once");
    }
  }
  return names.front().empty() ? std::vector<std::string>{} : names;
}

LogLevel log_level(const Options& options) {
  const Result<LogLevel> level = parse_log_level(options.text("log-level", "info"));
  if (!level.ok()) {
    throw UsageError("--log-level: " + level.error().message);
  }
  return level.value();
}

std::string required_name(const Options& options, const char* name) {
  static_cast<void>(options.required(name));
  return optional_name(options, name);
}

std::string optional_name(const Options& options, const char* name) {
  std::string value = options.text(name, "");
  if (!value.empty() && !is_valid_name(value)) {
    refuse_value(name, value,
                 "1 to " + std::to_string(limits::name_bytes_max) + " letters, digits, dots, underscores or hyphens");
  }
  return value;
}

}  // namespace buddyring
