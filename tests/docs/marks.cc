// SPDX-License-Identifier: Apache-2.0
#include "tests/docs/marks.h"

#include <algorithm>
#include <regex>
#include <set>

namespace buddyring::docs {
namespace {

bool is_one_of(const std::string& text, const std::set<std::string>& these) { return these.contains(text); }

// What looks like something to be typed, at the beginning of a line.
bool has_command(const std::string& text) {
  static const std::regex command{
      R"(^\s*([#$] |(sudo )?(buddyd|buddyctl|buddyrouter|make|systemctl|mariadb|bpftool|curl|apt-get)\b))"};
  const auto lines = lines_of(text);
  return std::ranges::any_of(lines, [](const std::string& line) { return std::regex_search(line, command); });
}

// The targets of each `make` in it; a word that is none of a target ends the list.
std::vector<std::string> targets_in(const std::string& text) {
  static const std::regex made{R"((?:^|\n)make (?:[A-Z_]+=\S+ )*([a-z0-9-]+))"};
  std::vector<std::string> targets;
  for (std::sregex_iterator each(text.begin(), text.end(), made), end; each != end; ++each) {
    targets.push_back((*each)[1]);
  }
  return targets;
}

std::string wrong_ci(const Block& block) {
  static const std::string ci = read_file(".ci/run");
  const auto targets = targets_in(block.text);
  if (targets.empty()) {
    return "by=ci is for targets of make";
  }
  for (const std::string& target : targets) {
    if (ci.find("\nrun " + target + "\n") == std::string::npos) {
      return ".ci/run does not run " + target;
    }
  }
  return "";
}

// Each line is a test or a measurement of its own, which nobody else runs for the page's sake.
std::string wrong_itself(const Block& block) {
  static const std::regex test{R"((make |build/tests/|\.ci/run|\s).*)"};
  for (const std::string& line : lines_of(block.text)) {
    if (!std::regex_match(line, test)) {
      return "by=itself is for tests and measurements, not for: " + line;
    }
  }
  return block.value("why").empty() ? "by=itself is to say why=\"...\"" : "";
}

std::string wrong_by(const Page& page, const Block& block) {
  const std::string by = block.has("by") ? block.value("by") : page.words.at("by");
  if (by == "ci") {
    return wrong_ci(block);
  }
  if (by == "itself") {
    return wrong_itself(block);
  }
  if (by != "package") {
    return "by=" + by + ": there are ci, itself and package";
  }
  return read_file("tests/package/three-hosts").find(page.path) == std::string::npos
             ? "tests/package/three-hosts does not type " + page.path
         : block.value("on").empty() ? "by=package is to say on=HOST, or on=every"
                                     : "";
}

std::string wrong_commands(const Page& page, const Block& block) {
  if (block.has("run")) {
    return page.words.contains("begins") ? "" : "the page is to say <!-- docs: begins=... -->";
  }
  if (block.has("usage")) {
    return block.text.find_first_of("[.") == std::string::npos ? "a usage without [ or ..." : "";
  }
  if (block.has("by") || page.words.contains("by")) {
    return wrong_by(page, block);
  }
  return "commands that are neither run here (run) nor elsewhere (by=)";
}

// Each line of what is shown is one of the file, as it is installed.
std::string wrong_excerpt(const Block& block) {
  std::string file = std::regex_replace(read_file(block.value("of")), std::regex{"@bindir@"}, "/usr/bin");
  file = "\n" + std::regex_replace(file, std::regex{"@sysconfdir@"}, "/etc");
  for (const std::string& line : lines_of(block.text)) {
    if (file.find("\n" + line + "\n") == std::string::npos) {
      return block.value("of") + " has no such line: " + line;
    }
  }
  return "";
}

std::string wrong_settings(const Block& block) {
  if (block.has("check")) {
    return is_one_of(block.value("check"), {"buddyd", "buddyctl", "buddyrouter", "haproxy", "prometheus"})
               ? ""
               : "check=" + block.value("check") + ": nobody checks that";
  }
  return block.has("of") ? wrong_excerpt(block) : "settings that nothing checks (check=) and that are not of= a file";
}

}  // namespace

std::string wrong_mark(const Page& page, const Block& block) {
  static const std::set<std::string> known{"run", "on", "until", "exit", "by", "why", "usage", "check", "of"};
  for (const auto& [word, value] : block.words) {
    if (!known.contains(word)) {
      return "its mark has the word " + word + ", which means nothing";
    }
  }
  if (is_one_of(block.language, {"sh", "console"})) {
    return wrong_commands(page, block);
  }
  if (block.language == "sql") {
    return block.has("run") ? "" : "SQL that nobody runs";
  }
  if (is_one_of(block.language, {"ini", "haproxy", "yaml"})) {
    return wrong_settings(block);
  }
  if (block.language == "json") {
    return block.has("of") ? "" : "JSON that is of= no command";
  }
  if (block.language == "text") {
    return has_command(block.text) ? "text with a command in it" : "";
  }
  return block.language.empty() ? "a block without a mark" : "no test knows what to do with " + block.language;
}

bool is_ours(const Block& block) {
  return block.has("run") || block.has("check") || (block.has("of") && block.language == "json");
}

}  // namespace buddyring::docs
