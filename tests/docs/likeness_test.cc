// SPDX-License-Identifier: Apache-2.0
#include "tests/docs/likeness.h"

#include <gtest/gtest.h>

#include "tests/docs/marks.h"
#include "tests/docs/page.h"

namespace buddyring::docs {
namespace {

TEST(Likeness, OfTextLeavesNumbersAndBlanksOut) {
  EXPECT_EQ(unlike_text("two 7 (x)\n", "two   4711 (x)\n"), "");
  EXPECT_NE(unlike_text("two 7 (x)\n", "two 7 (y)\n"), "");
  EXPECT_NE(unlike_text("two 7\n", "two seven\n"), "");
}

TEST(Likeness, OfTextIsOfAllLinesUnlessDotsSayOtherwise) {
  EXPECT_NE(unlike_text("a\n", "a\nb\n"), "");
  EXPECT_NE(unlike_text("a\nb\n", "a\n"), "");
  EXPECT_EQ(unlike_text("a\n...\n", "a\nb\n"), "");
  EXPECT_EQ(unlike_text("...\nb\n", "a\nb\n"), "");
  EXPECT_EQ(unlike_text("a ... c\n", "a b c\n"), "");
}

TEST(Likeness, OfJsonIsOfKeysAndKinds) {
  EXPECT_EQ(unlike_json(R"({"a": 1, "b": [{"c": "x"}, ...]})", R"({"b": [{"c": "y"}], "a": 2.5})"), "");
  EXPECT_EQ(unlike_json(R"({"a": null})", R"({"a": {"b": 1}})"), "");
  EXPECT_EQ(unlike_json(R"({"a": 1})", R"({"a": 1, "b": 1})"), ".b is not shown");
  EXPECT_EQ(unlike_json(R"({"a": [{"b": 1}]})", R"({"a": [{}]})"), ".a[].b is not said");
  EXPECT_EQ(unlike_json(R"({"a": 1})", R"({"a": "1"})"), ".a is shown as number, and is string");
  EXPECT_NE(unlike_json(R"({"a": 1})", R"({"a": 1} {"a": 1})"), "");
  EXPECT_NE(unlike_json(R"({"a": 1)", R"({"a": 1})"), "");
}

TEST(Marks, AreWordsWithValues) {
  Words words;
  ASSERT_TRUE(parse_words(R"( run on=web-1 why="two words")", words));
  EXPECT_EQ(words, (Words{{"run", ""}, {"on", "web-1"}, {"why", "two words"}}));
  EXPECT_FALSE(parse_words(R"(why="open)", words));
}

TEST(Marks, ThatDoNotHoldAreWrong) {
  Page page{};
  page.path = "docs/none.md";
  Block block{};
  const auto wrong = [&](const std::string& language, const Words& words, const std::string& text = "make demo\n") {
    block = {.line = 1, .language = language, .words = words, .text = text};
    return wrong_mark(page, block);
  };
  EXPECT_NE(wrong("", {}), "");
  EXPECT_NE(wrong("sh", {}), "");
  EXPECT_NE(wrong("sh", {{"run", ""}}), "") << "the page does not say what it begins with";
  EXPECT_NE(wrong("sh", {{"by", "nobody"}}), "");
  EXPECT_EQ(wrong("sh", {{"by", "ci"}}), "");
  EXPECT_NE(wrong("sh", {{"by", "ci"}}, "make bench\n"), "");
  EXPECT_NE(wrong("sh", {{"by", "itself"}}), "") << "without why";
  EXPECT_EQ(wrong("sh", {{"by", "itself"}, {"why", "x"}}), "");
  EXPECT_NE(wrong("sh", {{"by", "package"}, {"on", "every"}}), "") << "of a page that the package's test does not type";
  EXPECT_NE(wrong("text", {}), "");
  EXPECT_EQ(wrong("text", {}, "a ring\n"), "");
  EXPECT_NE(wrong("text", {{"runs", ""}}, "a ring\n"), "");
  EXPECT_NE(wrong("ini", {}, "a = b\n"), "");
  EXPECT_NE(wrong("json", {}, "{}\n"), "");
  EXPECT_NE(wrong("perl", {}, "\n"), "");
  page.words["begins"] = "pool";
  EXPECT_EQ(wrong("sh", {{"run", ""}}), "");
}

}  // namespace
}  // namespace buddyring::docs
