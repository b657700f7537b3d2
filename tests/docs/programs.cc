// SPDX-License-Identifier: Apache-2.0
#include "tests/docs/programs.h"

#include <algorithm>
#include <filesystem>
#include <regex>
#include <stdexcept>

#include "tests/docs/page.h"
#include "tests/lab/process.h"

namespace buddyring::docs {
namespace {

std::set<std::string> words_in(const std::string& text, const char* pattern) {
  const std::regex wanted{pattern, std::regex::ECMAScript | std::regex::multiline};
  std::set<std::string> words;
  for (std::sregex_iterator each(text.begin(), text.end(), wanted), end; each != end; ++each) {
    words.insert((*each)[1]);
  }
  return words;
}

std::set<std::string> make_targets() {
  std::string text = read_file("Makefile") + read_file("scripts/install.mk");
  for (const auto& folder : std::filesystem::directory_iterator("tests")) {
    if (const auto rules = folder.path() / "rules.mk"; std::filesystem::exists(rules)) {
      text += read_file(rules);
    }
  }
  std::set<std::string> targets;
  // Several may stand before one colon.
  for (const std::string& line : words_in(text, R"(^([a-z0-9 -]+):(?!=))")) {
    targets.merge(words_in(line, "([a-z0-9-]+)"));
  }
  return targets;
}

}  // namespace

bool Programs::has_option(const std::string& option) const {
  return foreign.contains(option) ||
         std::ranges::any_of(options, [&](const auto& of) { return of.second.contains(option); });
}

Programs known_programs(const std::string& build) {
  Programs programs{.options = {},
                    .commands = {},
                    .targets = make_targets(),
                    .foreign = words_in(read_file("tests/docs/foreign-options"), R"(^--([a-zA-Z0-9_-]+) )")};
  lab::NamespaceThread somewhere("asking");
  for (const char* program : {"buddyd", "buddyctl", "buddyrouter"}) {
    const auto help = run_to_end(somewhere, {.argv = {build + "/bin/" + program, "--help"}});
    if (help.exit != lab::Exit{.code = 0}) {
      throw std::runtime_error(std::string{program} + " --help: " + help.err);
    }
    programs.options[program] = words_in(help.out, R"(^  (?:-\w \[ )?--([a-z0-9-]+))");
    if (std::string_view{program} == "buddyctl") {
      programs.commands = words_in(help.out.substr(0, help.out.find("\nSettings:")), R"(^  ([a-z-]+) )");
    }
  }
  return programs;
}

}  // namespace buddyring::docs
