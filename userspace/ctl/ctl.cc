// SPDX-License-Identifier: Apache-2.0
#include "ctl/ctl.h"

#include <algorithm>
#include <iostream>

#include "core/nearest_word.h"
#include "ctl/command.h"
#include "ctl/table.h"
#include "posix/version.h"

namespace buddyring {
namespace {

std::string help_text() {
  std::vector<std::vector<std::string>> rows;
  for (const Command& command : commands()) {
    rows.push_back({std::string{"  "} + command.name + " " + command.arguments, command.summary});
  }
  std::ostringstream text;
  text << "Usage: buddyctl COMMAND [OPTION]...\n\nCommands:\n"
       << format_table(rows) << "\n"
       << describe_ctl_settings() << "\n"
       << common_options()
       << "\nExit status: 0 done, 1 failed, 2 bad usage, 3 not found, 4 registry unreachable,\n"
          "5 ring violated.\n";
  return text.str();
}

// How many words the command `name` takes up at the front of `words`; 0 when it is another.
size_t words_matched(const std::string& name, const std::vector<std::string>& words) {
  if (!words.empty() && words[0] == name) {
    return 1;
  }
  return words.size() >= 2 && words[0] + " " + words[1] == name ? 2 : 0;
}

[[noreturn]] void refuse_command(const std::vector<std::string>& words) {
  if (words.empty()) {
    throw UsageError("no command given; buddyctl --help lists them");
  }
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    names.emplace_back(command.name);
  }
  const std::string given = words.size() >= 2 && words[0] == "registry" ? words[0] + " " + words[1] : words[0];
  const std::string nearest = nearest_word(given, names);
  throw UsageError("unknown command " + given +
                   (nearest.empty() ? "; buddyctl --help lists them" : "; the nearest is " + nearest));
}

ExitStatus dispatch(Options options) {
  const std::vector<std::string> words = options.words;
  for (const Command& command : commands()) {
    const size_t matched = words_matched(command.name, words);
    if (matched == 0) {
      continue;
    }
    const std::vector<std::string> rest(words.begin() + static_cast<std::ptrdiff_t>(matched), words.end());
    if (rest.size() != command.argument_count) {
      throw UsageError(
          std::string{command.name} + " takes " +
          (command.argument_count == 0 ? "no argument" : std::string{"one argument, "} + command.arguments) +
          "; see buddyctl --help");
    }
    return command.run({std::move(options), rest});
  }
  refuse_command(words);
}

// `json` is set as soon as it is known, for the errors that may follow.
ExitStatus run(const std::vector<std::string>& arguments, bool& json) {
  Options options = parse_options(describe_ctl_settings(), arguments, true);
  json = options.on("json");
  if (options.on("help")) {
    std::cout << help_text();
    return ExitStatus::ok;
  }
  if (options.on("version")) {
    std::cout << "buddyctl " << version() << "\n";
    return ExitStatus::ok;
  }
  return dispatch(std::move(options));
}

ExitStatus report(ExitStatus status, const std::string& message, bool json) {
  std::cerr << "buddyctl: " << message << "\n";
  if (json) {
    print_json({{"error", {{"kind", kind_name(status)}, {"message", message}}}});
  }
  return status;
}

}  // namespace

int run_ctl(const std::vector<std::string>& arguments) {
  // Looked for here as well, because an error may keep the options from being read.
  bool json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
  ExitStatus status = ExitStatus::failure;
  try {
    status = run(arguments, json);
  } catch (const Failure& failure) {
    status = report(failure.status(), failure.what(), json);
  } catch (const UsageError& error) {
    status = report(ExitStatus::usage, error.what(), json);
  } catch (const std::exception& error) {
    status = report(ExitStatus::failure, error.what(), json);
  }
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "buddyctl: standard output could not be written\n";
    return static_cast<int>(ExitStatus::failure);
  }
  return static_cast<int>(status);
}

}  // namespace buddyring
