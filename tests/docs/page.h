// SPDX-License-Identifier: Apache-2.0
// Page: a page of the documentation, taken apart into what the tests look at.
//
// Theory of operation. Markdown is read line by line: fenced blocks with their marks, the
// spans of code in running text and tables, links, and what the page says of itself in
// comments, such as <!-- docs: begins=pool -->. docs/testing.md has the marks. Whatever
// is not understood is a complaint with its line, never passed over.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace buddyring::docs {

// What follows the language in a block's first line: `run on=web-1` and the like; the words
// without a value have an empty one.
using Words = std::map<std::string, std::string>;

struct Block {
  unsigned line = 0;  // of its fence
  std::string language;
  Words words;
  std::string text;  // as in the page, without the indent of its fence

  [[nodiscard]] bool has(const std::string& word) const { return words.contains(word); }
  // "" when it has no such word.
  [[nodiscard]] std::string value(const std::string& word) const;
};

// Code in running text, or the target of a link.
struct Span {
  unsigned line = 0;
  std::string text;
};

struct Complaint {
  unsigned line = 0;
  std::string text;
};

struct Page {
  std::string path;  // from the top of the tree
  Words words;       // of its comments <!-- docs: ... -->
  std::vector<Block> blocks;
  std::vector<Span> spans;
  std::vector<Span> links;
  std::vector<std::string> headings;
  std::vector<Complaint> complaints;
};

// Throws std::runtime_error when it cannot be read.
[[nodiscard]] Page read_page(const std::string& path);
// README.md and all of docs/, by name.
[[nodiscard]] std::vector<Page> all_pages();

// "a b=c d=\"e f\"": nothing when a quote is open.
[[nodiscard]] bool parse_words(const std::string& text, Words& words);
[[nodiscard]] std::vector<std::string> lines_of(const std::string& text);
[[nodiscard]] std::string read_file(const std::string& path);

}  // namespace buddyring::docs
