// SPDX-License-Identifier: Apache-2.0
#include "core/address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace buddyring {
namespace {

TEST(Address, ReadsWhatItWrites) {
  for (const char* const text : {"0.0.0.0", "10.1.0.7", "192.168.100.200", "255.255.255.255"}) {
    const auto address = Address::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->text(), text);
    EXPECT_EQ(Address::from_v4(address->v4()), *address);
  }
}

TEST(Address, HasOneTextForEachIpv6Address) {
  const std::pair<const char*, const char*> cases[] = {
      {"2001:db8::7", "2001:db8::7"},
      {"2001:DB8:0:0:0:0:0:7", "2001:db8::7"},
      {"2001:0db8::0007", "2001:db8::7"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // one group of zeros is written out
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // of equal gaps the first
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // and else the longest
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"64:ff9b::10.1.0.7", "64:ff9b::a01:7"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
  };
  for (const auto& [given, text] : cases) {
    const auto address = Address::parse(given);
    ASSERT_TRUE(address) << given;
    EXPECT_EQ(address->text(), text);
    EXPECT_LE(address->text().size(), Address::text_bytes_max);
    EXPECT_EQ(Address::parse(text), address);
    EXPECT_EQ(Address::from_bytes(address->bytes()), *address);
    EXPECT_FALSE(address->is_v4());
  }
  EXPECT_EQ(Address{}, *Address::parse("::"));
}

TEST(Address, HoldsIpv4InItsMappedForm) {
  const std::array<uint8_t, 16> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 0, 7};
  EXPECT_EQ(Address::parse("10.1.0.7")->bytes(), mapped);
  EXPECT_EQ(Address::from_bytes(mapped).text(), "10.1.0.7");
  EXPECT_TRUE(Address::from_bytes(mapped).is_v4());
}

TEST(Address, HasNoSecondTextForIpv4) {
  for (const char* const text : {"::ffff:10.1.0.7", "::FFFF:a01:7", "0:0:0:0:0:ffff:10.1.0.7"}) {
    EXPECT_FALSE(Address::parse(text)) << text;
  }
}

TEST(Address, SaysWhyNoServerCanHaveIt) {
  for (const char* const text : {"10.1.0.7", "169.254.1.1", "1.0.0.0", "223.255.255.255", "2001:db8::7", "fd00::7",
                                 "fec0::1", "64:ff9b::a01:7", "::1:0:0:1"}) {
    EXPECT_EQ(Address::parse(text)->why_no_server(), "") << text;
  }
  const std::pair<const char*, const char*> unfit[] = {
      {"0.0.0.0", "no host's"},        {"127.0.0.1", "loopback"}, {"224.0.0.1", "multicast"},
      {"255.255.255.255", "reserved"}, {"::", "no host's"},       {"::1", "loopback"},
      {"::10.1.0.7", "no host's"},     {"ff02::1", "multicast"},  {"fe80::1", "link-local"},
      {"febf::1", "link-local"},
  };
  for (const auto& [text, why] : unfit) {
    EXPECT_NE(Address::parse(text)->why_no_server().find(why), std::string_view::npos) << text;
  }
}

TEST(Address, IsInNetworkOrder) { EXPECT_EQ(Address::parse("10.1.0.7")->v4(), htonl(0x0a010007)); }

TEST(Address, RefusesWhatIsNoAddress) {
  for (const char* const text : {"",
                                 "10",
                                 "10.1.0",
                                 "10.1.0.",
                                 ".1.0.7",
                                 "10..0.7",
                                 "10.1.0.7.1",
                                 "10.1.0.256",
                                 "10.1.0.07",
                                 "10.1.0.-7",
                                 "10.1.0.+7",
                                 " 10.1.0.7",
                                 "10.1.0.7 ",
                                 "10.1.0.0x7",
                                 "10.1.0.a",
                                 "host",
                                 "10.1.0.99999999999",
                                 ":",
                                 ":::",
                                 "1::2::3",
                                 "1:2:3:4:5:6:7",
                                 "1:2:3:4:5:6:7:8:9",
                                 "12345::",
                                 "g::",
                                 "fe80::1%eth0",
                                 "[::1]",
                                 "::1 ",
                                 " ::1",
                                 "1:2:3:4:5:6:7:",
                                 ":1:2:3:4:5:6:7",
                                 "2001:db8::10.1.0.256",
                                 "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"}) {
    EXPECT_FALSE(Address::parse(text)) << text;
  }
}

TEST(Address, RefusesANulInTheText) {
  EXPECT_FALSE(Address::parse(std::string_view("10.1.0.7\0", 9)));
  EXPECT_FALSE(Address::parse(std::string_view("::1\0", 4)));
}

TEST(Endpoint, IsAnAddressAndAPort) {
  const auto endpoint = parse_endpoint("10.1.0.7:7946");
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->address, *Address::parse("10.1.0.7"));
  EXPECT_EQ(endpoint->port, 7946);
  EXPECT_EQ(endpoint->text(), "10.1.0.7:7946");
  EXPECT_EQ(parse_endpoint("0.0.0.0:0")->port, 0);
  EXPECT_EQ(parse_endpoint("0.0.0.0:65535")->port, 65535);
}

TEST(Endpoint, HasIpv6InBrackets) {
  const auto endpoint = parse_endpoint("[2001:DB8::7]:7946");
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->address, *Address::parse("2001:db8::7"));
  EXPECT_EQ(endpoint->port, 7946);
  EXPECT_EQ(endpoint->text(), "[2001:db8::7]:7946");
  EXPECT_EQ(parse_endpoint("[::]:0")->text(), "[::]:0");
  EXPECT_EQ(host_text(endpoint->address), "[2001:db8::7]");
}

TEST(Endpoint, RefusesTheRest) {
  for (const char* const text : {"",
                                 ":",
                                 "10.1.0.7",
                                 "10.1.0.7:",
                                 ":80",
                                 "10.1.0.7:65536",
                                 "10.1.0.7:080",
                                 "10.1.0.7:-1",
                                 "10.1.0.7:80 ",
                                 "10.1.0.7:8o",
                                 "10.1.0.7:80:80",
                                 "host:80",
                                 "2001:db8::7:80",
                                 "[2001:db8::7]",
                                 "[2001:db8::7]:",
                                 "[2001:db8::7:80",
                                 "2001:db8::7]:80",
                                 "[10.1.0.7]:80",
                                 "[]:80",
                                 "[:80",
                                 "[[::1]]:80",
                                 "[fe80::1%eth0]:80",
                                 "[::1]80"}) {
    EXPECT_FALSE(parse_endpoint(text)) << text;
  }
}

}  // namespace
}  // namespace buddyring
