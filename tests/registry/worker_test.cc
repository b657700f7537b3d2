// SPDX-License-Identifier: Apache-2.0
// The worker: when a verdict goes through, and when it comes back.
#include "registry/worker.h"

#include <poll.h>
#include <unistd.h>

#include "registry/connection.h"
#include "tests/lab/wait.h"
#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

using namespace std::chrono_literals;
using Outcome = DeleteReply::Outcome;

constexpr int reply_timeout_ms = 20'000;

class WorkerTest : public RegistryTest {
 protected:
  RegistryWorker::Options options(Duration fresh_contact) {
    return {.urls = {database().url(agent_user, registry_database)},
            .password = agent_password,
            .pool = pool(),
            .fresh_contact = fresh_contact};
  }

  static RegistryReply wait_reply(RegistryWorker& worker) {
    pollfd watched{.fd = worker.event_fd(), .events = POLLIN, .revents = 0};
    if (poll(&watched, 1, reply_timeout_ms) != 1) {
      throw std::runtime_error("the worker does not reply");
    }
    uint64_t count = 0;
    EXPECT_EQ(read(worker.event_fd(), &count, sizeof count), static_cast<ssize_t>(sizeof count));
    EXPECT_EQ(count, 1U);
    auto reply = worker.take_reply();
    EXPECT_FALSE(worker.take_reply());
    return reply ? *std::move(reply) : throw std::runtime_error("the eventfd was written without a reply");
  }
  static RegistryReply ask(RegistryWorker& worker, RegistryRequest request) {
    worker.submit(std::move(request));
    return wait_reply(worker);
  }
  template <class Reply>
  static Reply as(RegistryReply reply) {
    const auto* const error = std::get_if<Error>(&reply);
    EXPECT_TRUE(std::holds_alternative<Reply>(reply)) << (error != nullptr ? error->message : "another kind of reply");
    return std::holds_alternative<Reply>(reply) ? std::get<Reply>(std::move(reply)) : Reply{};
  }

  // s1's: the other buddy of the server, if there is another, concurs.
  DeleteRequest verdict_on(const std::string& server) {
    const OwnRow dead = row(server);
    const std::string& a = dead.buddy_a->server.name;
    const std::string& b = dead.buddy_b->server.name;
    return verdict("s1", {server}, a == b ? "" : a == "s1" ? b : a);
  }
};

TEST_F(WorkerTest, EachRequestIsTimed) {
  announce_all({"s1", "s2"});
  RegistryWorker worker(options(1h));
  EXPECT_EQ(delay_count(worker.calls()), 0U);
  for (int i = 0; i < 3; ++i) {
    as<RowReply>(ask(worker, RowRequest{"s1"}));
  }
  const auto calls = worker.calls();
  EXPECT_EQ(delay_count(calls), 3U);
  EXPECT_GT(calls.sum_ns, 0U);
}

// What did not come to anything took its time, too.
TEST_F(WorkerTest, ARequestThatFailsIsTimed) {
  RegistryWorker::Options nobody = options(1h);
  nobody.urls[0].port = 1;
  RegistryWorker worker(nobody);
  as<Error>(ask(worker, RowRequest{"s1"}));
  EXPECT_EQ(delay_count(worker.calls()), 1U);
}

TEST_F(WorkerTest, CarriesOutRequests) {
  RegistryWorker worker(options(1h));
  EXPECT_FALSE(worker.take_reply());
  EXPECT_FALSE(as<RowReply>(ask(worker, RowRequest{"s1"})).own);
  EXPECT_FALSE(as<AnnounceReply>(ask(worker, AnnounceRequest{make_server("s1")})).rejoined);
  EXPECT_EQ(as<RowReply>(ask(worker, RowRequest{"s1"})).own, row("s1"));
  announce("s2");
  EXPECT_EQ(as<DeleteReply>(ask(worker, verdict_on("s2"))).outcome, Outcome::deleted);
  EXPECT_EQ(
      as<Error>(ask(worker,
                    AnnounceRequest{
                        {.name = "s9", .address = make_server("s1").address, .replace_port = 1, .incarnation = 1}}))
          .kind,
      ErrorKind::conflict);
}

TEST_F(WorkerTest, AVerdictThatHadToConnectComesBackFirst) {
  announce_all({"s1", "s2"});
  RegistryWorker worker(options(1h));
  as<Revalidate>(ask(worker, verdict_on("s2")));
  EXPECT_EQ(ring().size(), 2U);
  EXPECT_EQ(as<DeleteReply>(ask(worker, verdict_on("s2"))).outcome, Outcome::deleted);
}

TEST_F(WorkerTest, LeavingNeedsNoConfirmation) {
  announce_all({"s1", "s2"});
  RegistryWorker worker(options(0ns));
  DeleteRequest leave = verdict_on("s2");
  leave.server = "s1";
  leave.incarnation = row("s1").incarnation;
  leave.reason = DeleteReason::left;
  EXPECT_EQ(as<DeleteReply>(ask(worker, leave)).outcome, Outcome::deleted);
}

// What a verdict is prepared by must not wait for contact to be fresh.
TEST_F(WorkerTest, OnlyVerdictsAreSentBack) {
  RegistryWorker worker(options(0ns));
  EXPECT_FALSE(as<BesideReply>(ask(worker, BesideRequest{.server = "s1", .zone = ""})).beside);
  announce_all({"s1", "s2", "s3"});
  RegistryWorker unconnected(options(0ns));
  const BeyondReply beyond = as<BeyondReply>(ask(unconnected, BeyondRequest{.server = "s1", .suspect = "s2"}));
  EXPECT_EQ(beyond.beyond.size(), 2U);
  EXPECT_EQ(beyond.own, row("s1"));
  const ReportRequest report{.server = "s1", .incarnation = row("s1").incarnation, .rtts = {{{"s2", 6}, {"s3", 7}}}};
  EXPECT_TRUE(as<ReportReply>(ask(worker, report)).taken);
  EXPECT_TRUE(as<BesideReply>(ask(worker, BesideRequest{.server = "s1", .zone = ""})).known);
  const BesideReply place = as<BesideReply>(ask(worker, BesideRequest{.server = "s4", .zone = "x"}));
  ASSERT_TRUE(place.beside);
  AnnounceRequest request{.server = make_server("s4"), .zone = "x", .beside = place.beside->server.name};
  EXPECT_EQ(as<AnnounceReply>(ask(worker, request)).own.buddy_a->server.name, request.beside);
  EXPECT_EQ(sql("SELECT zone FROM server WHERE pool_id = $ID AND name = 's4'"), (lab::MariaDb::Rows{{"x"}}));
}

TEST_F(WorkerTest, AVerdictOnARunIsCarriedOutWhole) {
  make_table_5(5);
  RegistryWorker worker(options(1h));
  as<Revalidate>(ask(worker, verdict("s1", {"s2", "s3"}, "s4")));
  EXPECT_EQ(ring().size(), 5U);
  EXPECT_EQ(as<DeleteReply>(ask(worker, verdict("s1", {"s2", "s3"}, "s4"))).outcome, Outcome::deleted);
  EXPECT_EQ(ring().size(), 3U);
}

TEST_F(WorkerTest, AVerdictAfterAnOutageComesBackFirst) {
  announce_all({"s1", "s2"});
  const DeleteRequest dead = verdict_on("s2");
  RegistryWorker worker(options(1h));
  as<RowReply>(ask(worker, RowRequest{"s1"}));
  database().stop();
  EXPECT_EQ(as<Error>(ask(worker, dead)).kind, ErrorKind::unreachable);
  EXPECT_EQ(as<Error>(ask(worker, dead)).kind, ErrorKind::unreachable);
  database().start();
  as<Revalidate>(ask(worker, dead));
  EXPECT_FALSE(client().ping());  // the test's own connection is lost too
  EXPECT_EQ(ring().size(), 2U);
  EXPECT_EQ(as<DeleteReply>(ask(worker, dead)).outcome, Outcome::deleted);
}

TEST_F(WorkerTest, AnOutageThatNobodyNoticedCountsToo) {
  announce_all({"s1", "s2"});
  const DeleteRequest dead = verdict_on("s2");
  RegistryWorker worker(options(1h));
  as<RowReply>(ask(worker, RowRequest{"s1"}));
  database().stop();
  database().start();
  as<Revalidate>(ask(worker, dead));
  EXPECT_EQ(as<DeleteReply>(ask(worker, dead)).outcome, Outcome::deleted);
}

// No ping is quick enough here: each verdict comes back once, but not for ever.
TEST_F(WorkerTest, ASlowRegistryHearsAVerdictTheSecondTime) {
  announce_all({"s1", "s2", "s3"});
  RegistryWorker worker(options(0ns));
  as<RowReply>(ask(worker, RowRequest{"s1"}));
  as<Revalidate>(ask(worker, verdict_on("s2")));
  as<Revalidate>(ask(worker, verdict_on("s3")));
  // Two at once must not push each other out.
  EXPECT_EQ(as<DeleteReply>(ask(worker, verdict_on("s3"))).outcome, Outcome::deleted);
  EXPECT_EQ(as<DeleteReply>(ask(worker, verdict_on("s2"))).outcome, Outcome::deleted);
}

TEST_F(WorkerTest, AWithdrawnVerdictIsNotCarriedOut) {
  announce_all({"s1", "s2"});
  const DeleteRequest dead = verdict_on("s2");
  RegistryWorker worker(options(1h));
  as<RowReply>(ask(worker, RowRequest{"s1"}));
  database().pause();
  worker.submit(dead);
  worker.withdraw();
  database().resume();
  as<Revalidate>(wait_reply(worker));
  EXPECT_EQ(ring().size(), 2U);
  EXPECT_EQ(as<DeleteReply>(ask(worker, dead)).outcome, Outcome::deleted);
}

TEST_F(WorkerTest, DoesNotCallAWithdrawnVerdictAgainAfterALockTimeout) {
  announce_all({"s1", "s2"});
  const DeleteRequest dead = verdict_on("s2");
  RegistryWorker worker(options(1h));
  as<RowReply>(ask(worker, RowRequest{"s1"}));
  Connection rival(database().url(owner_user, registry_database), owner_password);
  ASSERT_TRUE(std::holds_alternative<Done>(rival.open()));
  ASSERT_TRUE(std::holds_alternative<Done>(rival.execute("START TRANSACTION")));
  ASSERT_TRUE(
      std::holds_alternative<Done>(rival.execute("UPDATE pool SET version = version WHERE name = '" + pool() + "'")));
  worker.submit(dead);
  const auto waits = [] { return database().execute("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'")[0][1]; };
  EXPECT_TRUE(lab::wait_until([&] { return waits() != "0"; }, 10s));
  worker.withdraw();
  as<Revalidate>(wait_reply(worker));
  EXPECT_TRUE(std::holds_alternative<Done>(rival.execute("ROLLBACK")));
  EXPECT_EQ(ring().size(), 2U);
}

TEST_F(WorkerTest, EndsWithARequestUnderWay) {
  announce_all({"s1", "s2"});
  const DeleteRequest dead = verdict_on("s2");
  {
    RegistryWorker worker(options(1h));
    as<RowReply>(ask(worker, RowRequest{"s1"}));
    worker.submit(dead);
  }
  SUCCEED();
}

}  // namespace
}  // namespace buddyring
