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

TEST(Address, IsInNetworkOrder) { EXPECT_EQ(Address::parse("10.1.0.7")->v4(), htonl(0x0a010007)); }

TEST(Address, RefusesWhatIsNoAddress) {
  for (const char* const text :
       {"", "10", "10.1.0", "10.1.0.", ".1.0.7", "10..0.7", "10.1.0.7.1", "10.1.0.256", "10.1.0.07", "10.1.0.-7",
        "10.1.0.+7", " 10.1.0.7", "10.1.0.7 ", "10.1.0.0x7", "10.1.0.a", "host", "::1", "10.1.0.99999999999"}) {
    EXPECT_FALSE(Address::parse(text)) << text;
  }
}

TEST(Address, RefusesANulInTheText) { EXPECT_FALSE(Address::parse(std::string_view("10.1.0.7\0", 9))); }

TEST(Endpoint, IsAnAddressAndAPort) {
  const auto endpoint = parse_endpoint("10.1.0.7:7946");
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->address, *Address::parse("10.1.0.7"));
  EXPECT_EQ(endpoint->port, 7946);
  EXPECT_EQ(parse_endpoint("0.0.0.0:0")->port, 0);
  EXPECT_EQ(parse_endpoint("0.0.0.0:65535")->port, 65535);
}

TEST(Endpoint, RefusesTheRest) {
  for (const char* const text : {"", ":", "10.1.0.7", "10.1.0.7:", ":80", "10.1.0.7:65536", "10.1.0.7:080",
                                 "10.1.0.7:-1", "10.1.0.7:80 ", "10.1.0.7:8o", "10.1.0.7:80:80", "host:80"}) {
    EXPECT_FALSE(parse_endpoint(text)) << text;
  }
}

}  // namespace
}  // namespace buddyring
