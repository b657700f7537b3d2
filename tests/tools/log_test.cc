// SPDX-License-Identifier: Apache-2.0
#include "posix/log.h"

#include <gtest/gtest.h>

#include <vector>

namespace buddyring {
namespace {

std::string line(const std::vector<LogField>& fields) {
  return format_log_line(LogLevel::warn, "test", fields.data(), fields.size(), instant_from_ns(42));
}

TEST(LogLine, ShowsFieldsInTheirOrder) {
  EXPECT_EQ(line({}), "ts_ns=42 level=warn event=test\n");
  EXPECT_EQ(line({{"b", 7}, {"a", "x"}, {"c", true}, {"d", -1}, {"e", uint64_t{18446744073709551615U}}}),
            "ts_ns=42 level=warn event=test b=7 a=x c=true d=-1 e=18446744073709551615\n");
}

TEST(LogLine, QuotesWhatWouldNotBeOneWord) {
  EXPECT_EQ(line({{"a", "x y"}, {"b", ""}, {"c", "k=v"}, {"d", "\"q\\"}}),
            "ts_ns=42 level=warn event=test a=\"x y\" b=\"\" c=\"k=v\" d=\"\\\"q\\\\\"\n");
}

TEST(LogLine, StaysOneLine) {
  EXPECT_EQ(line({{"a", "x\ny\r\x01"}}), "ts_ns=42 level=warn event=test a=\"x\\ny\\x0d\\x01\"\n");
}

TEST(LogLevel, IsReadOrRefusedByName) {
  EXPECT_EQ(parse_log_level("debug").value(), LogLevel::debug);
  EXPECT_EQ(parse_log_level("error").value(), LogLevel::error);
  const auto refused = parse_log_level("verbose");
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("'verbose'"), std::string::npos);
}

}  // namespace
}  // namespace buddyring
