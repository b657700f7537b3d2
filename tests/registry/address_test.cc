// SPDX-License-Identifier: Apache-2.0
// What the server table takes for a server's address: what the agent takes, in
// the one text that the agent writes.
#include <random>
#include <set>

#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

class AddressTest : public RegistryTest {
 protected:
  // For the address of a pool's only server, which is gone again afterwards.
  bool is_accepted(const std::string& text) {
    Connection& connection = connection_;
    if (!connection.is_open()) {
      EXPECT_TRUE(std::holds_alternative<Done>(connection.open()));
    }
    const auto sets =
        connection.call("ServerAnnounce", {pool(), std::string("s1"), text, uint64_t{1}, uint64_t{1}, std::string()});
    const auto* const failure = std::get_if<SqlFailure>(&sets);
    EXPECT_TRUE(failure == nullptr || to_error(*failure, "checking", "the table").kind == ErrorKind::invalid) << text;
    if (failure == nullptr) {
      remove("s1");
    }
    return failure == nullptr;
  }
  Result<AnnounceReply> announce_at(const std::string& name, const std::string& address) {
    Server server = make_server("s1");
    server.name = name;
    server.address = *Address::parse(address);
    return client().announce(pool(), {server});
  }

 private:
  Connection connection_{database().url(agent_user, registry_database), agent_password};
};

bool is_fit(const std::string& text) {
  const auto address = Address::parse(text);
  return address && address->text() == text && address->why_no_server().empty();
}

std::set<std::string> strange_texts() {
  return {"10.1.0.7",
          "10.1.0.07",
          "10.1.0",
          "10.1.0.7.1",
          "10.1.0.256",
          "0.0.0.0",
          "0.1.2.3",
          "1.0.0.0",
          "127.0.0.1",
          "126.255.255.255",
          "128.0.0.0",
          "169.254.0.1",
          "223.255.255.255",
          "224.0.0.1",
          "255.255.255.255",
          " 10.1.0.7",
          "10.1.0.7\n",
          std::string("10.1.0.7\0", 9),
          "",
          "host",
          "2001:db8::7",
          "2001:DB8::7",
          "2001:db8::07",
          "2001:db8:0::7",
          "2001:db8:0:0:0:0:0:7",
          "2001:db8::0:7",
          "fe80::1",
          "fe80::1%eth0",
          "febf::1",
          "fec0::1",
          "fe7f::1",
          "fd00::1",
          "ff02::1",
          "feff::1",
          "::",
          "::1",
          "::2",
          "::10.1.0.7",
          "::a01:7",
          "::ffff:10.1.0.7",
          "::ffff:a01:7",
          "::1:a01:7",
          "::1:0:0",
          "64:ff9b::10.1.0.7",
          "64:ff9b::a01:7",
          "[2001:db8::7]",
          "2001:db8::7\n",
          std::string("2001:db8::7\0", 12),
          " 2001:db8::7",
          "1::2::3",
          ":",
          "1:2:3:4:5:6:7:8:9",
          "2001:db8::/64"};
}

TEST_F(AddressTest, TheTableAndTheAgentAgreeOnEach) {
  std::set<std::string> texts = strange_texts();
  // Every pattern of groups that are zero or not, and of numbers one to four digits long.
  std::mt19937 random(1);  // NOLINT(bugprone-random-generator-seed): the same texts each time
  for (unsigned zeros = 0; zeros < 256; ++zeros) {
    std::array<uint8_t, Address::size_bytes> bytes{};
    for (size_t group = 0; group < 8; ++group) {
      const auto most = 0xffffU >> 4 * (random() % 4);
      const auto value = (zeros >> group & 1) != 0 ? 0 : 1 + random() % most;
      bytes[2 * group] = static_cast<uint8_t>(value >> 8);
      bytes[2 * group + 1] = static_cast<uint8_t>(value);
    }
    texts.insert(Address::from_bytes(bytes).text());
  }
  unsigned accepted = 0;
  for (const std::string& text : texts) {
    EXPECT_EQ(is_accepted(text), is_fit(text)) << text;
    accepted += is_fit(text) ? 1 : 0;
  }
  EXPECT_GT(accepted, 200U);
}

// A name that is known, in a pool that has servers, is let through by another look.
TEST_F(AddressTest, TheyAgreeOnThoseOfAKnownName) {
  announce_all({"s1", "s2"});
  remove("s1");
  std::set<std::string> texts = strange_texts();
  std::erase_if(texts, [](const std::string& text) { return is_fit(text) && !Address::parse(text)->is_v4(); });
  for (const auto& text : texts) {
    EXPECT_EQ(is_accepted(text), is_fit(text)) << text;
  }
}

TEST_F(AddressTest, APoolOfIpv6ServersIsARingAsAnyOther) {
  ASSERT_TRUE(announce_at("s1", "2001:db8:0:1:1:1:1:1"));
  ASSERT_TRUE(announce_at("s2", "2001:db8::2"));
  const auto third = announce_at("s3", "2001:db8:1111:2222:3333:4444:5555:6666");
  ASSERT_TRUE(third);
  EXPECT_EQ(third.value().own.buddy_a->server.address.text().substr(0, 9), "2001:db8:");
  EXPECT_TRUE(violations().empty());
  EXPECT_TRUE(announce_at("s2", "2001:DB8:0::2").value().rejoined) << "the same address, written otherwise";
  EXPECT_EQ(sql("SELECT address FROM server WHERE pool_id = $ID AND name = 's2'")[0][0], "2001:db8::2");
  const auto taken = announce_at("s4", "2001:db8::2");
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind, ErrorKind::conflict);
  EXPECT_NE(taken.error().message.find("address 2001:db8::2 is taken; to free it: buddyctl remove s2"),
            std::string::npos)
      << taken.error().message;
}

TEST_F(AddressTest, APoolHasOneFamily) {
  ASSERT_TRUE(announce_at("s1", "10.0.0.1"));
  const auto other = announce_at("s2", "2001:db8::2");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, ErrorKind::conflict);
  EXPECT_NE(other.error().message.find("this pool's servers have IPv4 addresses"), std::string::npos)
      << other.error().message;

  // With the last of the old family gone, the pool is anybody's.
  remove("s1", "s1");
  ASSERT_TRUE(announce_at("s2", "2001:db8::2"));
  const auto back = announce_at("s1", "10.0.0.1");
  ASSERT_FALSE(back);
  EXPECT_NE(back.error().message.find("this pool's servers have IPv6 addresses"), std::string::npos)
      << back.error().message;
}

}  // namespace
}  // namespace buddyring
