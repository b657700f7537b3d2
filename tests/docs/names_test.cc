// SPDX-License-Identifier: Apache-2.0
// What the pages name is there: blocks have marks that hold; programs know the options and
// commands, make the targets; files, variables, headings that are linked to, and tests exist.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>

#include "tests/docs/marks.h"
#include "tests/docs/page.h"
#include "tests/docs/page_test.h"
#include "tests/docs/programs.h"

namespace buddyring::docs {
namespace {

namespace fs = std::filesystem;

void complain(const Page& page, unsigned line, const std::string& what) {
  ADD_FAILURE_AT(page.path.c_str(), static_cast<int>(line)) << what;
}

// All code of a page, in blocks and in running text; lines that end with "\" are joined.
std::vector<Span> code_of(const Page& page) {
  std::vector<Span> code = page.spans;
  for (const Block& block : page.blocks) {
    bool goes_on = false;
    unsigned number = block.line;
    for (const std::string& line : lines_of(block.text)) {
      ++number;
      goes_on ? void(code.back().text += " " + line) : code.push_back({number, line});
      goes_on = line.ends_with('\\');
    }
  }
  return code;
}

std::vector<std::smatch> all_matches(const std::string& text, const std::regex& wanted) {
  return {std::sregex_iterator(text.begin(), text.end(), wanted), {}};
}

TEST(Pages, SayOfEachBlockWhatBecomesOfIt) {
  for (const Page& page : all_pages()) {
    for (const Complaint& complaint : page.complaints) {
      complain(page, complaint.line, complaint.text);
    }
    for (const Block& block : page.blocks) {
      if (const std::string wrong = wrong_mark(page, block); !wrong.empty()) {
        complain(page, block.line, wrong);
      }
    }
  }
}

TEST(Pages, NameOptionsAndCommandsThatThereAre) {
  static const std::regex command{R"(\b(buddyd|buddyctl|buddyrouter)((?: [^|;&<>()`#]*)?))"};
  static const std::regex option{R"((?:^|[\s`\[(|])--([a-zA-Z][a-zA-Z0-9_-]*[a-zA-Z0-9])(?![\w*-]))"};
  static const std::regex subcommand{R"(^ ([a-z][a-z-]*)\b)"};
  const Programs programs = known_programs(build_folder());
  for (const Page& page : all_pages()) {
    for (const Span& code : code_of(page)) {
      for (const std::smatch& found : all_matches(code.text, option)) {
        if (!programs.has_option(found[1])) {
          complain(page, code.line,
                   "no program of ours has --" + found[1].str() + ", nor does tests/docs/foreign-options");
        }
      }
      for (const std::smatch& found : all_matches(code.text, command)) {
        const std::string program = found[1];
        const std::string rest = found[2];
        for (const std::smatch& given : all_matches(rest, option)) {
          if (!programs.options.at(program).contains(given[1])) {
            complain(page, code.line, program + " has no --" + given[1].str());
          }
        }
        std::smatch word;
        if (program == "buddyctl" && std::regex_search(rest, word, subcommand) &&
            !programs.commands.contains(word[1])) {
          complain(page, code.line, "buddyctl has no command " + word[1].str());
        }
      }
    }
  }
}

TEST(Pages, NameTargetsAndVariablesThatThereAre) {
  static const std::regex target{R"((?:^|[`( ])make (?:[A-Z_]+=\S+ )*([a-z][a-z0-9-]*))"};
  static const std::regex variable{R"(\b(BUDDYD|BUDDYCTL|BUDDYROUTER)_([A-Z0-9_]+)\b)"};
  const Programs programs = known_programs(build_folder());
  for (const Page& page : all_pages()) {
    for (const Span& code : code_of(page)) {
      for (const std::smatch& found : all_matches(code.text, target)) {
        if (!programs.targets.contains(found[1])) {
          complain(page, code.line, "there is no `make " + found[1].str() + "`");
        }
      }
      for (const std::smatch& found : all_matches(code.text, variable)) {
        std::string program = found[1];
        std::string option = found[2];
        std::ranges::transform(program, program.begin(), [](unsigned char letter) { return std::tolower(letter); });
        std::ranges::transform(option, option.begin(),
                               [](unsigned char letter) { return letter == '_' ? '-' : std::tolower(letter); });
        if (!programs.options.at(program).contains(option)) {
          complain(page, code.line, found[0].str() + " is no setting: " + program + " has no --" + option);
        }
      }
    }
  }
}

TEST(Pages, NameFilesThatThereAre) {
  // What is in capitals stands for something: scripts/check-NAME.
  static const std::regex path{R"((?!.*[A-Z]{4})(?:bpf|docs|registry|scripts|tests|userspace)/[\w./-]+)"};
  for (const Page& page : all_pages()) {
    for (const Span& code : page.spans) {
      const std::string name = code.text.substr(0, code.text.find(' '));
      if (std::regex_match(name, path) && !fs::exists(name)) {
        complain(page, code.line, "there is no " + name);
      }
    }
  }
}

// As the forges make an anchor of a heading.
std::string anchor_of(const std::string& heading) {
  std::string anchor;
  for (const unsigned char letter : heading) {
    if (std::isalnum(letter) != 0 || letter == '-' || letter == '_' || letter >= 0x80) {
      anchor += static_cast<char>(std::tolower(letter));
    } else if (letter == ' ') {
      anchor += '-';
    }
  }
  return anchor;
}

TEST(Pages, LinkToWhatIsThere) {
  for (const Page& page : all_pages()) {
    for (const Span& link : page.links) {
      if (link.text.find("://") != std::string::npos) {
        continue;
      }
      const size_t hash = link.text.find('#');
      const std::string file = link.text.substr(0, hash);
      const fs::path target =
          file.empty() ? fs::path(page.path) : (fs::path(page.path).parent_path() / file).lexically_normal();
      if (!fs::exists(target)) {
        complain(page, link.line, "there is no " + target.string());
        continue;
      }
      if (hash != std::string::npos) {
        const auto headings = read_page(target).headings;
        if (std::ranges::none_of(headings, [&](const std::string& heading) {
              return anchor_of(heading) == link.text.substr(hash + 1);
            })) {
          complain(page, link.line, target.string() + " has no heading for #" + link.text.substr(hash + 1));
        }
      }
    }
  }
}

TEST(Pages, AreAllFoundFromTheFirst) {
  std::set<std::string> linked;
  for (const Span& link : read_page("README.md").links) {
    linked.insert(link.text.substr(0, link.text.find('#')));
  }
  for (const Page& page : all_pages()) {
    EXPECT_TRUE(page.path == "README.md" || linked.contains(page.path)) << "README.md has no link to " << page.path;
  }
}

// `Suite.Name` in the security model is a test that proves a claim.
TEST(Pages, NameTestsThatThereAre) {
  static const std::regex name{R"(([A-Z]\w+)\.([A-Z]\w+))"};
  std::string sources;
  for (const auto& entry : fs::recursive_directory_iterator("tests")) {
    if (entry.path().extension() == ".cc") {
      sources += read_file(entry.path());
    }
  }
  const Page page = read_page("docs/security.md");
  size_t named = 0;
  for (const Span& code : page.spans) {
    std::smatch parts;
    if (std::regex_match(code.text, parts, name)) {
      const std::regex test{"TEST(_F|_P)?\\(" + parts[1].str() + ",\\s*" + parts[2].str() + "\\)"};
      named += 1;
      if (!std::regex_search(sources, test)) {
        complain(page, code.line, "there is no test " + code.text);
      }
    }
  }
  EXPECT_GT(named, 0U);
}

}  // namespace
}  // namespace buddyring::docs
