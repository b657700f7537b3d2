// SPDX-License-Identifier: Apache-2.0
#include "router/redirect.h"

#include <gtest/gtest.h>

#include "core/limits.h"

namespace buddyring {
namespace {

std::string sent_to(std::string_view target) {
  return location("http", Address::parse("10.1.0.7").value(), 8080, target);
}

TEST(Redirect, PassesPathAndQueryOnByteForByte) {
  EXPECT_EQ(sent_to("/"), "http://10.1.0.7:8080/");
  EXPECT_EQ(sent_to("/a%20b/../c?x=%26&y"), "http://10.1.0.7:8080/a%20b/../c?x=%26&y");
  EXPECT_EQ(location("https", Address::parse("10.1.0.7").value(), 443, "/x"), "https://10.1.0.7:443/x");
}

TEST(Redirect, PutsIpv6IntoBrackets) {
  const Address address = Address::parse("2001:db8::7").value();
  EXPECT_EQ(location("http", address, 8080, "/a?b=[::1]"), "http://[2001:db8::7]:8080/a?b=[::1]");
  EXPECT_EQ(location("http", address, 8080, "http://[2001:db8::1]:80/x?y"), "http://[2001:db8::7]:8080/x?y");
  EXPECT_EQ(location("https", address, 443, "http://[2001:db8::1]"), "https://[2001:db8::7]:443/");
}

TEST(Redirect, NeverLeavesTheChosenServer) {
  EXPECT_EQ(sent_to("http://evil.example/x?y=1"), "http://10.1.0.7:8080/x?y=1");
  EXPECT_EQ(sent_to("http://evil.example"), "http://10.1.0.7:8080/");
  EXPECT_EQ(sent_to("http://evil.example?q"), "http://10.1.0.7:8080/?q");
  EXPECT_EQ(sent_to("//evil.example/x"), "http://10.1.0.7:8080//evil.example/x");
  EXPECT_EQ(sent_to("@evil.example/x"), "http://10.1.0.7:8080/");
  EXPECT_EQ(sent_to(".evil.example/x"), "http://10.1.0.7:8080/");
  EXPECT_EQ(sent_to("evil.example:443"), "http://10.1.0.7:8080/");
  EXPECT_EQ(sent_to("javascript:alert(1)"), "http://10.1.0.7:8080/");
  EXPECT_EQ(sent_to("*"), "http://10.1.0.7:8080/");
  EXPECT_EQ(sent_to("0/?u=http://evil.example/x"), "http://10.1.0.7:8080/");
}

TEST(Redirect, AcceptsWhatIsPrintable) {
  EXPECT_EQ(judge_target("/a?b=c"), Target::acceptable);
  EXPECT_EQ(judge_target("/\xc3\xa4"), Target::acceptable);
  EXPECT_EQ(judge_target("*"), Target::acceptable);
}

TEST(Redirect, RefusesBlanksControlCharactersAndFragments) {
  for (int byte = 0; byte <= ' '; ++byte) {
    EXPECT_EQ(judge_target(std::string{"/a"} + static_cast<char>(byte)), Target::malformed) << byte;
  }
  EXPECT_EQ(judge_target("/a\x7f"), Target::malformed);
  EXPECT_EQ(judge_target("/a#b"), Target::malformed);
  EXPECT_EQ(judge_target(""), Target::malformed);
}

TEST(Redirect, RefusesWhatIsTooLong) {
  const std::string longest = "/" + std::string(limits::router_target_bytes_max - 1, 'a');
  EXPECT_EQ(judge_target(longest), Target::acceptable);
  EXPECT_EQ(judge_target(longest + "a"), Target::too_long);
}

}  // namespace
}  // namespace buddyring
