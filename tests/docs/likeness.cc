// SPDX-License-Identifier: Apache-2.0
#include "tests/docs/likeness.h"

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "tests/docs/page.h"

namespace buddyring::docs {
namespace {

using Json = nlohmann::json;

std::regex pattern_of(const std::string& line) {
  std::string pattern = std::regex_replace(line, std::regex{R"([.^$|()\[\]{}*+?\\])"}, R"(\$&)");
  pattern = std::regex_replace(pattern, std::regex{R"((\\\.){3})"}, ".*");
  pattern = std::regex_replace(pattern, std::regex{"[0-9]+"}, "[0-9]+");
  return std::regex{std::regex_replace(pattern, std::regex{" +"}, " +") + " *"};
}

std::vector<Json> documents_in(const std::string& text) {
  std::vector<Json> documents;
  std::istringstream stream{text};
  while (stream >> std::ws && stream.peek() != std::istringstream::traits_type::eof()) {
    stream >> documents.emplace_back();
  }
  return documents;
}

std::set<std::string> keys_of(const Json& object) {
  std::set<std::string> keys;
  for (const auto& item : object.items()) {
    keys.insert(item.key());
  }
  return keys;
}

std::string kind_of(const Json& value) { return value.is_number() ? "number" : value.type_name(); }

std::string unlike(const Json& shown, const Json& said, const std::string& where) {
  if (shown.is_null() || said.is_null()) {
    return "";
  }
  if (kind_of(shown) != kind_of(said)) {
    return where + " is shown as " + kind_of(shown) + ", and is " + kind_of(said);
  }
  if (shown.is_array() && !shown.empty() && !said.empty()) {
    return unlike(shown[0], said[0], where + "[]");
  }
  if (!shown.is_object()) {
    return "";
  }
  const auto keys_shown = keys_of(shown);
  const auto keys_said = keys_of(said);
  std::vector<std::string> different;
  std::ranges::set_symmetric_difference(keys_shown, keys_said, std::back_inserter(different));
  if (!different.empty()) {
    return where + "." + different.front() +
           (keys_shown.contains(different.front()) ? " is not said" : " is not shown");
  }
  for (const std::string& key : keys_shown) {
    if (std::string difference = unlike(shown[key], said[key], where + "." + key); !difference.empty()) {
      return difference;
    }
  }
  return "";
}

}  // namespace

std::string unlike_text(const std::string& shown, const std::string& said) {
  const auto lines = lines_of(said);
  size_t next = 0;
  bool any = false;
  for (const std::string& line : lines_of(shown)) {
    if (line == "...") {
      any = true;
      continue;
    }
    const std::regex pattern = pattern_of(line);
    while (any && next < lines.size() && !std::regex_match(lines[next], pattern)) {
      ++next;
    }
    if (next >= lines.size() || !std::regex_match(lines[next], pattern)) {
      return "shown: " + line + "\nsaid:  " + (next < lines.size() ? lines[next] : "nothing more");
    }
    ++next;
    any = false;
  }
  return any || next == lines.size() ? "" : "said, but not shown: " + lines[next];
}

std::string unlike_json(const std::string& shown, const std::string& said) {
  try {
    const auto there = documents_in(std::regex_replace(shown, std::regex{R"(,\s*\.\.\.)"}, ""));
    const auto here = documents_in(said);
    if (there.size() != here.size()) {
      return std::to_string(there.size()) + " documents are shown, " + std::to_string(here.size()) + " were said";
    }
    for (size_t i = 0; i < there.size(); ++i) {
      if (std::string difference = unlike(there[i], here[i], ""); !difference.empty()) {
        return difference;
      }
    }
  } catch (const Json::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace buddyring::docs
