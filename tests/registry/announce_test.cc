// SPDX-License-Identifier: Apache-2.0
// ServerAnnounce: rejoining, conflicts, and what it does not accept.
#include "registry/replies.h"
#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

class AnnounceTest : public RegistryTest {
 protected:
  Error refused(const Server& server) {
    const auto reply = client().announce(pool(), {server});
    EXPECT_FALSE(reply) << server.name << " was accepted";
    return reply ? Error{} : reply.error();
  }
  Error refused_as_sent(const std::string& pool, const std::string& name, const std::string& address, uint64_t port,
                        uint64_t incarnation, const std::string& zone = "") {
    Connection connection(database().url(agent_user, registry_database), agent_password);
    EXPECT_TRUE(std::holds_alternative<Done>(connection.open()));
    const auto sets = connection.call("ServerAnnounce", {pool, name, address, port, incarnation, zone});
    const auto* const failure = std::get_if<SqlFailure>(&sets);
    EXPECT_NE(failure, nullptr);
    return failure != nullptr ? to_error(*failure, "announcing", "the table") : Error{};
  }
};

TEST_F(AnnounceTest, TakesTheProposedIncarnationWhenItIsHigher) {
  Server server = make_server("s1");
  server.incarnation = 1'700'000'000'000'000'000;
  EXPECT_EQ(client().announce(pool(), {server}).value().own.incarnation, server.incarnation);
  EXPECT_EQ(client().announce(pool(), {server}).value().own.incarnation, server.incarnation + 1);
  server.incarnation = 5;
  EXPECT_EQ(client().announce(pool(), {server}).value().own.incarnation, 1'700'000'000'000'000'002U);
}

// Who joins, rereads its row or deletes another learns on the way how many there are.
TEST_F(AnnounceTest, RepliesTellHowManyServersTheRingHas) {
  for (const RingSize size : {1U, 2U, 3U, 4U}) {
    EXPECT_EQ(client().announce(pool(), {make_server("s" + std::to_string(size))}).value().ring_servers, size);
  }
  EXPECT_EQ(client().announce(pool(), {make_server("s2")}).value().ring_servers, 4U) << "it was there";
  EXPECT_EQ(client().row(pool(), {"s2"}).value().ring_servers, 4U);
  EXPECT_EQ(client().row(pool(), {"s9"}).value().ring_servers, 0U) << "whoever is not in it is told nothing";
  EXPECT_EQ(client()
                .remove(pool(), {.server = "s2", .accuser = "s2", .reason = DeleteReason::left, .evidence = {}})
                .value()
                .ring_servers,
            3U);
}

TEST(Replies, ThatDoNotTellHowManyThereAreAreTaken) {
  const std::vector<ResultSet> sets{{.columns = {"role", "name", "address", "replace_port", "incarnation", "epoch"},
                                     .rows = {{"self", "s1", "10.0.0.1", "7946", "3", "4"}}}};
  const auto reply = read_row(sets);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->own->epoch, 4U);
  EXPECT_EQ(reply->ring_servers, 0U);
}

TEST_F(AnnounceTest, RejoinsInPlace) {
  announce_all({"s1", "s2", "s3"});
  const Ring before = ring();
  const OwnRow row_before = row("s2");
  Server server = make_server("s2");
  server.replace_port = 8000;
  const AnnounceReply reply = client().announce(pool(), {server}).value();
  EXPECT_TRUE(reply.rejoined);
  EXPECT_EQ(ring(), before);
  EXPECT_EQ(reply.own.incarnation, row_before.incarnation + 1);
  EXPECT_EQ(reply.own.epoch, row_before.epoch + 1);
  EXPECT_EQ(reply.own.buddy_a->epoch, row_before.buddy_a->epoch + 1);
  EXPECT_EQ(reply.own.buddy_b->epoch, row_before.buddy_b->epoch + 1);
  const OwnRow buddy = row(reply.own.buddy_a->server.name);
  const BuddyRow& seen = buddy.buddy_a->server.name == "s2" ? *buddy.buddy_a : *buddy.buddy_b;
  EXPECT_EQ(seen.server.replace_port, 8000);
  EXPECT_EQ(seen.server.incarnation, reply.own.incarnation);
  EXPECT_EQ(sql("SELECT event FROM audit WHERE pool = '$POOL' AND server = 's2' ORDER BY id"),
            (lab::MariaDb::Rows{{"announced"}, {"rejoined"}}));
}

TEST_F(AnnounceTest, OfTwoTheOtherRowRisesOnceOnRejoin) {
  announce_all({"s1", "s2"});
  const Epoch before = row("s1").epoch;
  announce("s2");
  EXPECT_EQ(row("s1").epoch, before + 1);
}

TEST_F(AnnounceTest, ANameAtAnotherAddressIsAConflict) {
  announce_all({"s1", "s2"});
  Server elsewhere = make_server("s1");
  elsewhere.address = *Address::parse("10.9.9.9");
  const Error error = refused(elsewhere);
  EXPECT_EQ(error.kind, ErrorKind::conflict);
  EXPECT_NE(error.message.find("address 10.0.0.1; to free it: buddyctl remove s1"), std::string::npos) << error.message;
  EXPECT_EQ(ring().size(), 2U);
}

TEST_F(AnnounceTest, AnAddressUnderAnotherNameIsAConflict) {
  announce_all({"s1", "s2"});
  Server same_address = make_server("s1");
  same_address.name = "other";
  const Error error = refused(same_address);
  EXPECT_EQ(error.kind, ErrorKind::conflict);
  EXPECT_NE(error.message.find("address 10.0.0.1 is taken; to free it: buddyctl remove s1"), std::string::npos)
      << error.message;
  EXPECT_EQ(error.message.find('\n'), std::string::npos);
}

TEST_F(AnnounceTest, TheLongestNamesFitIntoTheMessage) {
  Server server = make_server("s1");
  server.name = std::string(63, 'x');
  server.address = *Address::parse("100.100.100.100");
  ASSERT_TRUE(client().announce(pool(), {server}));
  server.address = *Address::parse("200.200.200.200");
  EXPECT_NE(refused(server).message.find("buddyctl remove " + server.name), std::string::npos);
}

TEST_F(AnnounceTest, NamesAreCaseSensitive) {
  announce("s1");
  Server upper = make_server("s2");
  upper.name = "S1";
  EXPECT_FALSE(client().announce(pool(), {upper}).value().rejoined);
  EXPECT_EQ(ring().size(), 2U);
}

TEST_F(AnnounceTest, RefusesWhatIsNoServer) {
  const auto kind = [this](const std::string& name, const std::string& address, uint64_t port, uint64_t incarnation) {
    return refused_as_sent(pool(), name, address, port, incarnation).kind;
  };
  EXPECT_EQ(kind("", "10.0.0.1", 1, 1), ErrorKind::invalid);
  EXPECT_EQ(kind("a b", "10.0.0.1", 1, 1), ErrorKind::invalid);
  EXPECT_EQ(kind("a\n", "10.0.0.1", 1, 1), ErrorKind::invalid);
  EXPECT_EQ(kind("r\xc3\xa4t", "10.0.0.1", 1, 1), ErrorKind::invalid);
  EXPECT_EQ(kind(std::string(64, 'a'), "10.0.0.1", 1, 1), ErrorKind::invalid);
  EXPECT_EQ(kind("s1", "10.0.0.256", 1, 1), ErrorKind::invalid);
  EXPECT_EQ(kind("s1", "10.0.0.01", 1, 1), ErrorKind::invalid);
  EXPECT_EQ(kind("s1", "", 1, 1), ErrorKind::invalid);
  EXPECT_EQ(kind("s1", "10.0.0.1", 0, 1), ErrorKind::invalid);
  EXPECT_EQ(kind("s1", "10.0.0.1", 1, uint64_t{1} << 63), ErrorKind::invalid);
  EXPECT_EQ(refused_as_sent("no pool", "s1", "10.0.0.1", 1, 1).kind, ErrorKind::invalid);
  EXPECT_EQ(ring(), Ring{});
}

// It is let through by another look than a new one. Names that differ by blanks behind them are equal to the database.
TEST_F(AnnounceTest, RefusesOfAKnownNameWhatItRefusesOfANewOne) {
  announce_all({"s1", "s2"});
  remove("s1");
  const auto before = sql("SELECT * FROM pool, server_incarnation, server WHERE pool.name = '$POOL'");
  const std::string usual = "10.0.0.1";
  const auto kind = [this](const std::string& name, const std::string& address, uint64_t port, uint64_t incarnation,
                           const std::string& zone = "") {
    return refused_as_sent(pool(), name, address, port, incarnation, zone).kind;
  };
  EXPECT_EQ(kind("s1 ", usual, 1, 1), ErrorKind::invalid);
  EXPECT_EQ(kind("s1", usual, 1, 1, " "), ErrorKind::invalid);
  EXPECT_EQ(kind("s1", usual, 1, 1, "a b"), ErrorKind::invalid);
  EXPECT_EQ(kind("s1", usual, 0, 1), ErrorKind::invalid);
  EXPECT_EQ(kind("s1", usual, 1, uint64_t{1} << 63), ErrorKind::invalid);
  EXPECT_EQ(kind("s1", "10.0.0.01", 1, 1), ErrorKind::invalid);
  EXPECT_EQ(refused_as_sent(pool() + " ", "s1", usual, 1, 1).kind, ErrorKind::invalid);
  EXPECT_EQ(sql("SELECT * FROM pool, server_incarnation, server WHERE pool.name = '$POOL'"), before);
  EXPECT_EQ(announce("s1").own.buddy_a->server.name, "s2");
}

TEST_F(AnnounceTest, OneAloneWithABuddyIsABrokenRing) {
  announce("s1");
  sql("UPDATE server SET buddy_a = 'ghost', buddy_b = 'ghost' WHERE pool_id = $ID");
  const Error error = refused(make_server("s2"));
  EXPECT_NE(error.message.find("the ring is broken"), std::string::npos) << error.message;
  EXPECT_EQ(ring(), (Ring{{"s1", {"ghost", "ghost"}}}));
}

// So that a name's next life is above its last one even where its row went without a deletion.
TEST_F(AnnounceTest, WhatANewNameReachesIsWrittenDown) {
  Server server = make_server("s1");
  server.incarnation = 7;
  ASSERT_TRUE(client().announce(pool(), {server}));
  EXPECT_EQ(sql("SELECT incarnation FROM server_incarnation WHERE pool_id = $ID")[0][0], "7");
}

TEST_F(AnnounceTest, BesideAnUnknownServerIsNotFound) {
  announce("s1");
  const auto reply = client().announce(pool(), {.server = make_server("s2"), .beside = "s9"});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::not_found);
  // Rolled back whole, the high-water mark included.
  EXPECT_EQ(sql("SELECT COUNT(*) FROM server_incarnation WHERE pool_id = $ID")[0][0], "1");
}

TEST_F(AnnounceTest, PoolsDoNotSeeEachOther) {
  announce("s1");
  const std::string other = pool() + ".other";
  ASSERT_TRUE(client().announce(other, {make_server("s1")}));
  EXPECT_EQ(ring(), (Ring{{"s1", {"", ""}}}));
  EXPECT_EQ(client().list(other).value().servers.size(), 1U);
}

// Who announces itself anew is nowhere near the last slot, where a deletion looks for the newest first.
TEST_F(AnnounceTest, WhoRejoinsIsNotTheNewest) {
  announce_all({"s1", "s2", "s3"});
  announce("s1");
  EXPECT_EQ(sql("SELECT newest, size FROM pool WHERE name = '$POOL'"), (lab::MariaDb::Rows{{"s3", "3"}}));
}

}  // namespace
}  // namespace buddyring
