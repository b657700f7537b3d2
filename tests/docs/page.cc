// SPDX-License-Identifier: Apache-2.0
#include "tests/docs/page.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace buddyring::docs {
namespace {

constexpr size_t indent_of_code = 4;

size_t indent_of(const std::string& line) { return std::min(line.find_first_not_of(' '), line.size()); }

// Takes a page apart, one line after the other.
class Reader {
 public:
  explicit Reader(Page& page) : page_(page) {}

  void take(const std::string& line) {
    ++number_;
    const size_t indent = indent_of(line);
    const bool is_fence = line.compare(indent, 3, "```") == 0;
    if (inside_) {
      is_fence ? close() : add(line);
    } else if (is_fence) {
      open(line.substr(indent + 3), indent);
    } else {
      take_text(line, indent);
    }
  }

  void finish() {
    if (inside_) {
      complain("a block that begins here does not end", page_.blocks.back().line);
    }
  }

 private:
  void complain(const std::string& what, unsigned line) { page_.complaints.push_back({line, what}); }

  void open(const std::string& info, size_t indent) {
    inside_ = true;
    fence_indent_ = indent;
    Block block{.line = number_, .language = info.substr(0, info.find(' ')), .words = {}, .text = {}};
    if (!parse_words(info.substr(block.language.size()), block.words)) {
      complain("a quote of its mark is not closed", number_);
    }
    page_.blocks.push_back(std::move(block));
  }
  void add(const std::string& line) {
    page_.blocks.back().text += line.substr(std::min(indent_of(line), fence_indent_)) + "\n";
  }
  void close() {
    inside_ = false;
    after_blank_ = false;
  }

  void take_text(const std::string& line, size_t indent) {
    static const std::regex of_page{R"(<!-- docs: (.*) -->)"};
    static const std::regex item{R"( *([-*]|[0-9]+\.) .*)"};
    std::smatch parts;
    // In a list's item the indent is the item's.
    if (after_blank_ && !in_list_ && indent >= indent_of_code && indent < line.size()) {
      complain("a block of code by indent: it has no mark, so it is to have a fence", number_);
    }
    in_list_ = std::regex_match(line, item) || (in_list_ && (line.empty() || indent > 0));
    after_blank_ = line.empty();
    if (std::regex_match(line, parts, of_page) && !parse_words(parts[1], page_.words)) {
      complain("a quote of the comment is not closed", number_);
    }
    if (line.starts_with('#')) {
      page_.headings.push_back(line.substr(std::min(line.find_first_not_of("# "), line.size())));
    }
    collect(line, R"(`([^`]+)`)", page_.spans);
    collect(line, R"(\]\(([^)]+)\))", page_.links);
  }

  void collect(const std::string& line, const char* pattern, std::vector<Span>& into) {
    const std::regex wanted{pattern};
    for (std::sregex_iterator each(line.begin(), line.end(), wanted), end; each != end; ++each) {
      into.push_back({number_, (*each)[1]});
    }
  }

  Page& page_;
  unsigned number_ = 0;
  bool inside_ = false;
  size_t fence_indent_ = 0;
  bool after_blank_ = false;
  bool in_list_ = false;
};

}  // namespace

std::string Block::value(const std::string& word) const {
  const auto found = words.find(word);
  return found == words.end() ? "" : found->second;
}

bool parse_words(const std::string& text, Words& words) {
  static const std::regex word{R"re(\s*([\w-]+)(?:=(?:"([^"]*)"|([^\s"]+)))?(?=\s|$))re"};
  std::string rest = text;
  std::smatch parts;
  while (std::regex_search(rest, parts, word, std::regex_constants::match_continuous)) {
    words[parts[1]] = parts[2].matched ? parts[2] : parts[3];
    rest = parts.suffix();
  }
  return rest.find_first_not_of(' ') == std::string::npos;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

std::string read_file(const std::string& path) {
  const std::ifstream file{path};
  if (!file) {
    throw std::runtime_error(path + " cannot be read; run this from the top of the tree");
  }
  return (std::ostringstream{} << file.rdbuf()).str();
}

Page read_page(const std::string& path) {
  Page page{.path = path, .words = {}, .blocks = {}, .spans = {}, .links = {}, .headings = {}, .complaints = {}};
  Reader reader(page);
  for (const std::string& line : lines_of(read_file(path))) {
    reader.take(line);
  }
  reader.finish();
  return page;
}

std::vector<Page> all_pages() {
  std::vector<std::string> paths{"README.md"};
  for (const auto& entry : std::filesystem::recursive_directory_iterator("docs")) {
    if (entry.path().extension() == ".md") {
      paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin() + 1, paths.end());
  std::vector<Page> pages;
  pages.reserve(paths.size());
  for (const std::string& path : paths) {
    pages.push_back(read_page(path));
  }
  return pages;
}

}  // namespace buddyring::docs
