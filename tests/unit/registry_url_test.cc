// SPDX-License-Identifier: Apache-2.0
#include "core/registry_url.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace buddyring {
namespace {

TEST(RegistryUrl, IsTakenApart) {
  const auto url = parse_registry_url("mysql://agent@db.example.org:3307/buddyring");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url.value().user, "agent");
  EXPECT_EQ(url.value().host, "db.example.org");
  EXPECT_EQ(url.value().port, 3307);
  EXPECT_EQ(url.value().database, "buddyring");
}

TEST(RegistryUrl, MayLeaveThePortOut) {
  const auto url = parse_registry_url("mysql://agent@10.0.0.9/ring");
  ASSERT_TRUE(url);
  EXPECT_EQ(url.value().host, "10.0.0.9");
  EXPECT_EQ(url.value().port, 3306);
  EXPECT_EQ(url.value().text(), "mysql://agent@10.0.0.9:3306/ring");
}

TEST(RegistryUrl, HasIpv6InBrackets) {
  const auto url = parse_registry_url("mysql://agent@[fe80::1%eth1]:3307/ring");
  ASSERT_TRUE(url);
  EXPECT_EQ(url.value().host, "fe80::1%eth1");
  EXPECT_EQ(url.value().port, 3307);
  EXPECT_EQ(url.value().text(), "mysql://agent@[fe80::1%eth1]:3307/ring");
  EXPECT_EQ(parse_registry_url("mysql://agent@[::1]/ring").value().port, 3306);
}

TEST(RegistryUrl, RefusesAPasswordWithoutRepeatingIt) {
  for (const char* const text : {"mysql://agent:hunter2@db/ring", "mysql://agent:hun@ter2@db/ring",
                                 "mysql://agent:hun/ter2@db/ring", "mysql://agent:@db/ring"}) {
    const auto url = parse_registry_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().kind, ErrorKind::invalid);
    EXPECT_NE(url.error().message.find("password file"), std::string::npos) << url.error().message;
    EXPECT_EQ(url.error().message.find("ter2"), std::string::npos) << url.error().message;
  }
}

TEST(RegistryUrl, RefusesWhatIsIncompleteOrStrange) {
  for (const char* const text : {"",
                                 "mysql://",
                                 "mysql:/agent@db/ring",
                                 "postgres://agent@db/ring",
                                 "MYSQL://agent@db/ring",
                                 "mysql://db/ring",
                                 "mysql://@db/ring",
                                 "mysql://agent@/ring",
                                 "mysql://agent@db",
                                 "mysql://agent@db/",
                                 "mysql://agent@db:/ring",
                                 "mysql://agent@db:0/ring",
                                 "mysql://agent@db:65536/ring",
                                 "mysql://agent@db:33x/ring",
                                 "mysql://agent@db:+1/ring",
                                 "mysql://agent@db/ring/more",
                                 "mysql://agent@db/ring?x=1",
                                 "mysql://agent@db/ri ng",
                                 "mysql://a b@db/ring",
                                 "mysql://agent@d b/ring",
                                 "mysql://agent@[::1/ring",
                                 "mysql://agent@[]/ring",
                                 "mysql://agent@[db]/ring",
                                 "mysql://agent@[10.0.0.9]/ring",
                                 "mysql://agent@[fe80::1%]/ring",
                                 "mysql://agent@[fe80::1%eth0%eth1]/ring",
                                 "mysql://agent@[::1]x/ring",
                                 "mysql://agent@[::1]3306/ring",
                                 "mysql://agent@::1/ring",
                                 "mysql://agent@db/ring\n"}) {
    const auto url = parse_registry_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().kind, ErrorKind::invalid);
    EXPECT_NE(url.error().message.find("mysql://USER@HOST:PORT/DATABASE"), std::string::npos);
    EXPECT_EQ(url.error().message.find('\n'), std::string::npos);
  }
}

std::vector<std::string> texts(std::string_view text) {
  const auto urls = parse_registry_urls(text);
  std::vector<std::string> all;
  for (const RegistryUrl& url : urls ? urls.value() : std::vector<RegistryUrl>{}) {
    all.push_back(url.text());
  }
  return all;
}

TEST(RegistryUrls, AreSeveralEndpointsOfOneRegistry) {
  EXPECT_EQ(texts("mysql://agent@db1/ring"), std::vector<std::string>{"mysql://agent@db1:3306/ring"});
  EXPECT_EQ(texts("mysql://agent@db1,10.0.0.2:3307,[2001:db8::3]:3308/ring"),
            (std::vector<std::string>{"mysql://agent@db1:3306/ring", "mysql://agent@10.0.0.2:3307/ring",
                                      "mysql://agent@[2001:db8::3]:3308/ring"}));
}

TEST(RegistryUrls, EachMustBeOne) {
  std::string nine = "mysql://agent@db";
  for (int i = 0; i < 8; ++i) {
    nine += ",db" + std::to_string(i);
  }
  for (const std::string& text :
       {std::string("mysql://agent@db1,/ring"), std::string("mysql://agent@,db1/ring"),
        std::string("mysql://agent@db1,,db2/ring"), std::string("mysql://agent@db1:0,db2/ring"),
        std::string("mysql://agent@db1,db2:70000/ring"), std::string("mysql://agent@/ring"), std::string("mysql://db1"),
        std::string("mysql://agent@db1,db2"), std::string("mysql://agent:x@db1,db2/ring"), nine + "/ring"}) {
    EXPECT_FALSE(parse_registry_urls(text)) << text;
  }
}

}  // namespace
}  // namespace buddyring
