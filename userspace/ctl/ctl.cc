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
          "5 ring violated; of ping: 0 all answered, 1 some did not, 2 some not found, 3 bad usage,\n"
          "4 failed.\n";
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

std::string accepted_arguments(const Command& command) {
  if (command.argument_count.most == 0) {
    return "no argument";
  }
  const size_t most = command.argument_count.most;
  return (most == 1   ? "one argument, "
          : most == 2 ? "two arguments, "
                      : "one argument or more, ") +
         std::string{command.arguments};
}

// `codes` become the command's, as soon as it is known.
ExitStatus dispatch(Options options, ExitCodes& codes) {
  const std::vector<std::string> words = options.words;
  for (const Command& command : commands()) {
    const size_t matched = words_matched(command.name, words);
    if (matched == 0) {
      continue;
    }
    const std::vector<std::string> rest(words.begin() + static_cast<std::ptrdiff_t>(matched), words.end());
    codes = command.codes;
    if (rest.size() < command.argument_count.least || rest.size() > command.argument_count.most) {
      throw UsageError(std::string{command.name} + " takes " + accepted_arguments(command) + "; see buddyctl --help");
    }
    return command.run({std::move(options), rest});
  }
  refuse_command(words);
}

// `json` and `codes` are set as soon as they are known, for the errors that may follow.
ExitStatus run(const std::vector<std::string>& arguments, bool& json, ExitCodes& codes) {
  Options options = parse_options("buddyctl", describe_ctl_settings(), arguments, true);
  json = options.on("json");
  if (options.on("help")) {
    std::cout << help_text();
    return ExitStatus::ok;
  }
  if (options.on("version")) {
    std::cout << "buddyctl " << version() << "\n";
    return ExitStatus::ok;
  }
  return dispatch(std::move(options), codes);
}

ExitStatus report(ExitStatus status, const std::string& message, bool json) {
  std::cerr << "buddyctl: " << message << "\n";
  if (json) {
    print_json({{"error", {{"kind", kind_name(status)}, {"message", message}}}});
  }
  return status;
}

// Of the command that the first argument names.
ExitCodes likely_codes(const std::vector<std::string>& arguments) {
  for (const Command& command : commands()) {
    if (words_matched(command.name, arguments) != 0) {
      return command.codes;
    }
  }
  return house_codes;
}

}  // namespace

int run_ctl(const std::vector<std::string>& arguments) {
  // Both looked for here as well, because an error may keep the options from being read.
  bool json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
  ExitCodes codes = likely_codes(arguments);
  ExitStatus status = ExitStatus::failure;
  try {
    status = run(arguments, json, codes);
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
    return codes.at(static_cast<size_t>(ExitStatus::failure));
  }
  return codes.at(static_cast<size_t>(status));
}

}  // namespace buddyring
