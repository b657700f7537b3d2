// SPDX-License-Identifier: Apache-2.0
#include "core/duration.h"

#include <gtest/gtest.h>

namespace buddyring {
namespace {

using namespace std::chrono_literals;

Duration parsed(std::string_view text) {
  const auto result = parse_duration(text);
  EXPECT_TRUE(result.ok()) << text << ": " << (result.ok() ? "" : result.error().message);
  return result.ok() ? result.value() : Duration{-1};
}

TEST(Duration, ReadsEachUnit) {
  EXPECT_EQ(parsed("20ns"), 20ns);
  EXPECT_EQ(parsed("500us"), 500us);
  EXPECT_EQ(parsed("100ms"), 100ms);
  EXPECT_EQ(parsed("3s"), 3s);
  EXPECT_EQ(parsed("1m"), 1min);
  EXPECT_EQ(parsed("2h"), 2h);
  EXPECT_EQ(parsed("0s"), 0s);
}

TEST(Duration, ReadsDecimalsExactly) {
  EXPECT_EQ(parsed("1.5s"), 1500ms);
  EXPECT_EQ(parsed("0.1ms"), 100us);
  EXPECT_EQ(parsed("1.000000001s"), 1s + 1ns);
  EXPECT_EQ(parsed("0.25m"), 15s);
  EXPECT_EQ(parsed("1.50000000000000s"), 1500ms);
}

TEST(Duration, ReadsTheLongestAndRefusesMore) {
  EXPECT_EQ(parsed("9223372036854775807ns"), Duration::max());
  EXPECT_FALSE(parse_duration("9223372036854775808ns").ok());
  EXPECT_FALSE(parse_duration("9223372036.854775808s").ok());
  EXPECT_FALSE(parse_duration("99999999999999999999999999m").ok());
}

TEST(Duration, RefusesAnythingElseNamingTheTextAndWhatIsAccepted) {
  for (const char* text : {"", "100", "ms", "-1s", "+1s", " 1s", "1s ", "1 s", "1.s", ".5s", "1d", "1S", "1.5.5s",
                           "1e3s", "0.1ns", "1.0000000001s", "0x10s", "1sm", "1ss"}) {
    const auto result = parse_duration(text);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.error().kind, ErrorKind::invalid);
    EXPECT_NE(result.error().message.find("'" + std::string{text} + "'"), std::string::npos) << result.error().message;
    EXPECT_NE(result.error().message.find("ns, us, ms, s, m or h"), std::string::npos) << result.error().message;
    EXPECT_EQ(result.error().message.find('\n'), std::string::npos);
  }
}

TEST(Duration, IsShownInTheLargestWholeUnit) {
  EXPECT_EQ(format_duration(100ms), "100ms");
  EXPECT_EQ(format_duration(1500ms), "1500ms");
  EXPECT_EQ(format_duration(3s), "3s");
  EXPECT_EQ(format_duration(60s), "1m");
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(24h), "24h");
  EXPECT_EQ(format_duration(1ns), "1ns");
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(-5ms), "-5ms");
}

TEST(Duration, WhatIsShownIsReadBack) {
  for (const Duration duration :
       {Duration{0}, Duration{1}, Duration{999'999'999}, Duration{10ms}, Duration{2min + 1ns}, Duration::max()}) {
    EXPECT_EQ(parsed(format_duration(duration)), duration);
  }
}

}  // namespace
}  // namespace buddyring
